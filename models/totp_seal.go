package models

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// sealedPrefix says how a sealed text is made, so that another way can follow.
const sealedPrefix = "v1."

// seal encrypts a text with AES-256-GCM under the replicas' key. It is bound to a purpose and
// an owner: moved to another row it does not open.
func (s *Store) seal(purpose, owner, plain string) (string, error) {
	box, err := s.box()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	sealed := box.Seal(nonce, nonce, []byte(plain), []byte(purpose+"\n"+owner))
	return sealedPrefix + base64.RawStdEncoding.EncodeToString(sealed), nil
}

// unseal reads what seal wrote.
func (s *Store) unseal(purpose, owner, sealed string) (string, error) {
	box, err := s.box()
	if err != nil {
		return "", err
	}
	body, ok := strings.CutPrefix(sealed, sealedPrefix)
	b, err := base64.RawStdEncoding.DecodeString(body)
	if !ok || err != nil || len(b) < box.NonceSize() {
		return "", errors.New("unseal: not a sealed text")
	}
	plain, err := box.Open(nil, b[:box.NonceSize()], b[box.NonceSize():], []byte(purpose+"\n"+owner))
	if err != nil {
		return "", fmt.Errorf("unseal: %w (are these the keys it was sealed with?)", err)
	}
	return string(plain), nil
}

func (s *Store) box() (cipher.AEAD, error) {
	if len(s.config.Keys.Encrypt) != 32 {
		return nil, errors.New("the encryption key is missing or not 32 bytes")
	}
	block, err := aes.NewCipher(s.config.Keys.Encrypt)
	if err != nil {
		return nil, fmt.Errorf("encryption key: %w", err)
	}
	return cipher.NewGCM(block)
}
