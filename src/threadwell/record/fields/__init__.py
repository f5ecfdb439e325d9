"""Fields: what a workspace keeps about its nouns beside what everybody keeps."""
