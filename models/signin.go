package models

// signInSecrets makes anew the link and code of the sign-in a notice is about.
func (s *Store) signInSecrets(Notice) (link, code string) { return "", "" }
