"""What a person sets, checked: devices, strengths, surrogates, names, numbers, paths."""
