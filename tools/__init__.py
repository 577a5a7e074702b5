"""What noxfile.py needs beside its sessions: finding interpreters, counting results."""
