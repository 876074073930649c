"""What an answer means for a team: reports for plans and papers, and which source to pretrain on."""
