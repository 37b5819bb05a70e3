package storage

// Place is the file of a key in a disk store, for tests that change it.
var Place = place
