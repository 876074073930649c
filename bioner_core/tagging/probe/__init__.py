"""The probe: small heads on the features of a frozen encoder."""
