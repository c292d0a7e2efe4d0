"""What a picture needs: points, thinned for the part that is in view, and curves on a grid."""
