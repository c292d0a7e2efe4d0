"""Files as people have them, texts and spreadsheets: what their cells mean is found, or asked for."""
