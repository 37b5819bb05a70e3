package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hosho/models"
)

const (
	keySize    = 32 // bytes
	signKey    = "sign.key"
	encryptKey = "encrypt.key"
)

// openKeys reads the keys in a folder, and makes those that are missing. Replicas that start
// together agree: a key gets its name whole and only once, and whoever comes second reads it.
func openKeys(dir string) (models.Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return models.Keys{}, fmt.Errorf("keys: %w", err)
	}
	sign, err := openKey(filepath.Join(dir, signKey))
	if err != nil {
		return models.Keys{}, err
	}
	encrypt, err := openKey(filepath.Join(dir, encryptKey))
	if err != nil {
		return models.Keys{}, err
	}
	return models.Keys{Sign: sign, Encrypt: encrypt}, nil
}

func openKey(path string) ([]byte, error) {
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := makeKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return readKey(path)
}

func readKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path) //nolint:gosec // in the folder the operator named
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("read key: %s has %d bytes and must have %d", path, len(key), keySize)
	}
	return key, nil
}

// makeKey writes a key under a name of its own and then links it to the right one, which
// fails where that is taken. A file opened with O_EXCL under the right name would be seen
// empty by a replica that reads it too early.
func makeKey(path string) error {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	temp := path + "." + rand.Text()
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // as above
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp) }()
	_, err = f.Write(key)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Link(temp, path)
}
