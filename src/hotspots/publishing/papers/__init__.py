"""The papers that account for the software, filled with this municipality's settings, figures and answers."""
