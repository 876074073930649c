"""What annotation costs: rates, hours, money."""
