"""The LSTM-CRF on word vectors."""
