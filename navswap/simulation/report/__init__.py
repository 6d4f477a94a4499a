"""What runs came to, as one HTML file that needs no other: tables, and plots drawn as SVG."""
