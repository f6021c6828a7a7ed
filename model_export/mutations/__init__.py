"""Semantic mutations and meaning-keeping style changes of complete C and C++ programs."""
