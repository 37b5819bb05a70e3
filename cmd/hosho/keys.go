package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"hosho/models"
	"hosho/models/seal"
)

const (
	keySize    = 32 // bytes
	signKey    = "sign.key"
	encryptKey = "encrypt.key"
)

// Keys that seal are numbered: the highest signs. Of earlier ones their public half is enough,
// so that what they signed stays known as the portal's own.
const (
	sealKey    = "seal-%04d.key"
	sealPublic = "seal-%04d.pub"
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
	keys := models.Keys{Sign: sign, Encrypt: encrypt}
	ring, err := readSealKeys(dir)
	if err != nil {
		return models.Keys{}, err
	}
	if ring.current.IsZero() {
		ring.number++
		if ring.current, err = openSealKey(dir, ring.number); err != nil {
			return models.Keys{}, err
		}
	}
	keys.Seal, keys.Retired = ring.current, ring.retired
	return keys, nil
}

// sealKeys are the numbered keys of a folder. current is zero where there is none to sign with.
type sealKeys struct {
	current seal.Key
	retired []seal.PublicKey // the newest first
	number  int              // the highest in use
}

func readSealKeys(dir string) (sealKeys, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return sealKeys{}, fmt.Errorf("keys: %w", err)
	}
	var ring sealKeys
	known := map[seal.PublicKey]bool{}
	for _, f := range slices.Backward(files) { // by name, so by number, and .pub before .key
		var number int
		if _, err := fmt.Sscanf(f.Name(), "seal-%04d.", &number); err != nil {
			continue
		}
		var public seal.PublicKey
		switch f.Name() {
		case fmt.Sprintf(sealKey, number):
			key, err := openSealKey(dir, number)
			if err != nil {
				return sealKeys{}, err
			}
			if public = key.Public(); ring.number < number {
				ring.current = key
				known[public] = true
			}
		case fmt.Sprintf(sealPublic, number):
			text, err := readKey(filepath.Join(dir, f.Name()))
			if err != nil {
				return sealKeys{}, err
			}
			copy(public[:], text)
		default:
			continue
		}
		ring.number = max(ring.number, number)
		if !known[public] {
			known[public] = true
			ring.retired = append(ring.retired, public)
		}
	}
	return ring, nil
}

func openSealKey(dir string, number int) (seal.Key, error) {
	secret, err := openKey(filepath.Join(dir, fmt.Sprintf(sealKey, number)))
	if err != nil {
		return seal.Key{}, err
	}
	return seal.NewKey(secret)
}

// rotateSealKey makes the next key, keeps the public half of the one before and forgets its
// secret: whoever finds it later can sign nothing new that looks current.
func rotateSealKey(dir string) (sealKeys, error) {
	ring, err := readSealKeys(dir)
	if err != nil {
		return sealKeys{}, err
	}
	if ring.current.IsZero() {
		return sealKeys{}, fmt.Errorf("rotate keys: there is none in %s yet; the first start makes it", dir)
	}
	// Making it fails where another rotation was faster; opening it would not.
	if err := makeKey(filepath.Join(dir, fmt.Sprintf(sealKey, ring.number+1))); err != nil {
		return sealKeys{}, fmt.Errorf("rotate keys: %w", err)
	}
	public := ring.current.Public()
	if err := writeKey(filepath.Join(dir, fmt.Sprintf(sealPublic, ring.number)), public[:]); err != nil && !errors.Is(err, fs.ErrExist) {
		return sealKeys{}, fmt.Errorf("rotate keys: %w", err)
	}
	if err := os.Remove(filepath.Join(dir, fmt.Sprintf(sealKey, ring.number))); err != nil {
		return sealKeys{}, fmt.Errorf("rotate keys: %w", err)
	}
	return readSealKeys(dir)
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

func makeKey(path string) error {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	return writeKey(path, key)
}

// writeKey writes a key under a name of its own and then links it to the right one, which
// fails where that is taken. A file opened with O_EXCL under the right name would be seen
// empty by a replica that reads it too early.
func writeKey(path string, key []byte) error {
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
