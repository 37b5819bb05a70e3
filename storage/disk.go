package storage

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"
	"time"
)

// Disk keeps objects as files of a folder only this user can read. A file is
// the object's bytes and then a trailer of trailerSize bytes with type and
// checksum: one file, so that an object is there completely or not at all,
// and one that picture viewers still open. The folder must be on a file
// system with hard links, which is how a key is taken exactly once.
type Disk struct {
	grants
	dir  string
	root *os.Root
}

var _ Receiver = (*Disk)(nil)

const (
	tempDir     = ".incoming" // no key contains a dot
	suffix      = ".object"
	trailerSize = 256
	tempLife    = 24 * time.Hour
)

type trailer struct {
	Hosho     int    `json:"hosho_object"` // version of this trailer
	MediaType string `json:"media_type"`
	SHA256    string `json:"sha256"`
}

func newDisk(dir string, g grants) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open storage folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open storage folder: %w", err)
	}
	d := &Disk{grants: g, dir: dir, root: root}
	if err := root.MkdirAll(tempDir, 0o700); err != nil {
		return nil, errors.Join(fmt.Errorf("open storage folder: %w", err), root.Close())
	}
	d.sweep()
	return d, nil
}

// sweep removes what an interrupted Put left behind. Failing to is no reason
// not to start.
func (d *Disk) sweep() {
	entries, err := fs.ReadDir(d.root.FS(), tempDir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && d.now().Sub(info.ModTime()) > tempLife {
			_ = d.root.Remove(path.Join(tempDir, e.Name()))
		}
	}
}

// Close releases the folder.
func (d *Disk) Close() error { return d.root.Close() }

func (d *Disk) String() string { return "folder " + d.dir }

// place is the file of a key: one more folder level from the first two
// characters of its last name, so that no folder holds millions of files.
func place(key string) string {
	dir, name := path.Split(key)
	return path.Join(dir, name[:min(2, len(name))], name+suffix)
}

// Put is described at Store.
func (d *Disk) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, mediaType, sha256Hex string) error {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return d.Receive(ctx, Grant{Key: key, MediaType: mediaType, Size: size, SHA256: sha256Hex}, body)
}

// Receive is described at Receiver.
func (d *Disk) Receive(ctx context.Context, g Grant, body io.Reader) error {
	if err := checkPut(g.Key, g.MediaType, g.Size, g.SHA256); err != nil {
		return fmt.Errorf("put: %w", err)
	}
	file := place(g.Key)
	if _, err := d.root.Lstat(file); err == nil {
		return fmt.Errorf("put %s: %w", g.Key, ErrExists)
	}
	temp := path.Join(tempDir, rand.Text())
	defer func() { _ = d.root.Remove(temp) }() // after the link it is one name too many
	if err := d.write(ctx, temp, g, body); err != nil {
		return fmt.Errorf("put %s: %w", g.Key, err)
	}
	if err := d.link(temp, file); err != nil {
		return fmt.Errorf("put %s: %w", g.Key, err)
	}
	return nil
}

func (d *Disk) write(ctx context.Context, temp string, g Grant, body io.Reader) error {
	f, err := d.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(withContext(ctx, body), g.Size+1))
	if err == nil && (n != g.Size || hex.EncodeToString(sum.Sum(nil)) != g.SHA256) {
		err = ErrChecksum
	}
	if err == nil {
		_, err = f.Write(encodeTrailer(trailer{Hosho: 1, MediaType: g.MediaType, SHA256: g.SHA256}))
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// link gives the finished file its name. A hard link is refused where the
// name is taken, which a rename is not.
func (d *Disk) link(temp, file string) error {
	made, err := d.makeFolders(path.Dir(file))
	if err != nil {
		return err
	}
	if err := d.root.Link(temp, file); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return ErrExists
		}
		return err
	}
	for _, dir := range append(made, path.Dir(file)) {
		if err := d.syncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

// makeFolders creates a folder and returns the folders that got a new entry,
// which must be synced for it to survive a power cut.
func (d *Disk) makeFolders(dir string) ([]string, error) {
	if _, err := d.root.Lstat(dir); err == nil {
		return nil, nil
	}
	if err := d.root.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var parents []string
	for p := path.Dir(dir); ; p = path.Dir(p) {
		parents = append(parents, p)
		if p == "." {
			return parents, nil
		}
	}
}

func (d *Disk) syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	f, err := d.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open is described at Store.
func (d *Disk) Open(ctx context.Context, key string) (io.ReadCloser, Object, error) {
	f, o, err := d.find(ctx, key)
	if err != nil {
		return nil, Object{}, fmt.Errorf("open %.80s: %w", key, err)
	}
	bytesOnly := struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, 0, o.Size), f}
	return verify(bytesOnly, o), o, nil
}

// Stat is described at Store.
func (d *Disk) Stat(ctx context.Context, key string) (Object, error) {
	f, o, err := d.find(ctx, key)
	if err != nil {
		return Object{}, fmt.Errorf("stat %.80s: %w", key, err)
	}
	return o, f.Close()
}

func (d *Disk) find(ctx context.Context, key string) (*os.File, Object, error) {
	if err := checkKey(key); err != nil {
		return nil, Object{}, err
	}
	if err := ctx.Err(); err != nil {
		return nil, Object{}, err
	}
	f, err := d.root.Open(place(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Object{}, ErrNotFound
	}
	if err != nil {
		return nil, Object{}, err
	}
	o, err := readTrailer(f)
	if err != nil {
		return nil, Object{}, errors.Join(err, f.Close())
	}
	return f, o, nil
}

func encodeTrailer(t trailer) []byte {
	b, err := json.Marshal(t)
	if err != nil || len(b) > trailerSize-2 {
		panic("storage: trailer does not fit") // media types are bounded by checkPut
	}
	return []byte("\n" + string(b) + strings.Repeat(" ", trailerSize-2-len(b)) + "\n")
}

func readTrailer(f *os.File) (Object, error) {
	info, err := f.Stat()
	if err != nil {
		return Object{}, err
	}
	size := info.Size() - trailerSize
	if size < 0 || !info.Mode().IsRegular() {
		return Object{}, fmt.Errorf("the file is not an object: %w", ErrChecksum)
	}
	var b [trailerSize]byte
	if _, err := f.ReadAt(b[:], size); err != nil {
		return Object{}, err
	}
	var t trailer
	if err := json.Unmarshal(b[:], &t); err != nil || t.Hosho != 1 || len(t.SHA256) != 64 {
		return Object{}, fmt.Errorf("the file is not an object: %w", ErrChecksum)
	}
	return Object{Size: size, SHA256: t.SHA256, MediaType: t.MediaType}, nil
}

// Delete is described at Store.
func (d *Disk) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	file := place(key)
	if err := d.root.Remove(file); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("delete %s: %w", key, err)
	}
	if err := d.syncFolder(path.Dir(file)); err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// PresignGet has no address to give: the portal streams the file itself.
func (d *Disk) PresignGet(context.Context, string, string, string, bool, time.Duration) (string, error) {
	return "", ErrNoDirect
}

// Check is described at Store.
func (d *Disk) Check(ctx context.Context) error { return check(ctx, d) }

// withContext stops a copy between two reads once ctx is done.
func withContext(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
