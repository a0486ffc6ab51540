"""What a person sets, checked: devices, strengths, surrogates, numbers."""
