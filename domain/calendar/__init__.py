"""Which days are special: public holidays, closures and exceptions, for every module alike."""
