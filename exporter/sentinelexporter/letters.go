package sentinelexporter

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// letterSuffix marks the files that count towards max_size_mib.
	letterSuffix = ".ndjson"
	// letterPrefix and againPrefix begin the names of dead-letter files. What
	// fails during a replay gets the second, so that the replay's
	// include pattern does not pick it up and run in a circle.
	letterPrefix = "dead-letter-"
	againPrefix  = "again-"
	// filesPerCap splits the cap over several files, so that a replayed file
	// can be deleted while the next one is written.
	filesPerCap = 8
	// fileBytesMax keeps a file small enough to open in an editor.
	fileBytesMax = 64 << 20
	// recountPause is the least time between two looks at a full directory.
	recountPause = time.Minute
	// namesPerSecond ends the search for a free file name: a cap is filled
	// with a handful of files.
	namesPerSecond = 1000
)

// errLettersFull is returned by letters.write when the lines would exceed the
// cap.
var errLettersFull = errors.New("dead letter full")

// letters appends lines to files in one directory. Safe for concurrent use.
//
// Files are NDJSON, mode 0600, in a directory made with mode 0700. A line is
// written whole, in one write to a file opened for appending; when the write
// fails half way the file is cut back, so a torn line needs a crash. write
// returns after fsync, so records acknowledged after it survive a power cut.
type letters struct {
	dir       string
	prefix    string
	capBytes  int64
	fileBytes int64

	mu      sync.Mutex
	file    *os.File
	size    int64     // of file
	total   int64     // of all dead-letter files, as last counted plus written
	recount time.Time // before this a full directory is not counted again
}

// newLetters opens nothing yet: the directory may come later.
func newLetters(dir, prefix string, capBytes int64) *letters {
	return &letters{dir: dir, prefix: prefix, capBytes: capBytes, fileBytes: min(fileBytesMax, max(capBytes/filesPerCap, 1))}
}

// write appends lines, each of which ends in a newline, and returns how many
// are on disk: all of them, or those before the error. errLettersFull means
// that the cap is reached; other errors are the file system's or a line's own.
func (l *letters) write(lines iter.Seq2[[]byte, error], now time.Time) (written int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaveDeleted()
	for line, lineErr := range lines {
		if err = lineErr; err == nil {
			err = l.append(line, now)
		}
		if err != nil {
			break
		}
		written++
	}
	if l.file == nil || written == 0 {
		return written, err
	}
	if syncErr := l.file.Sync(); syncErr != nil {
		return 0, errors.Join(err, syncErr)
	}
	return written, err
}

func (l *letters) append(line []byte, now time.Time) error {
	if err := l.makeRoom(int64(len(line)), now); err != nil {
		return err
	}
	n, err := l.file.Write(line)
	if err != nil {
		if cutErr := l.file.Truncate(l.size); cutErr != nil {
			return errors.Join(err, cutErr, l.closeFile()) // the torn line stays the last of its file
		}
		return err
	}
	l.size += int64(n)
	l.total += int64(n)
	return nil
}

// makeRoom leaves l.file open with n bytes allowed, or says why not.
func (l *letters) makeRoom(n int64, now time.Time) error {
	if l.file != nil && l.size > 0 && l.size+n > l.fileBytes {
		if err := l.closeFile(); err != nil {
			return err
		}
	}
	// Somebody may have deleted files since they were last counted.
	if l.file == nil || l.total+n > l.capBytes && !now.Before(l.recount) {
		if err := l.count(); err != nil {
			return err
		}
		l.recount = now.Add(recountPause)
	}
	if l.total+n > l.capBytes {
		return errLettersFull
	}
	if l.file == nil {
		return l.open(now)
	}
	return nil
}

// open starts a new file. Its name sorts by time; an existing one is never
// opened again, so a line torn by a crash stays the last of its file.
func (l *letters) open(now time.Time) error {
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	stamp := now.UTC().Format("20060102T150405")
	for try := range namesPerSecond {
		name := filepath.Join(l.dir, fmt.Sprintf("%s%sZ-%03d%s", l.prefix, stamp, try, letterSuffix))
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the directory is the user's choice
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		l.file, l.size = f, 0
		return err
	}
	return fmt.Errorf("open dead letter %s: every name of this second is taken", l.dir)
}

// count adds up the dead-letter files of the directory, whoever wrote them.
func (l *letters) count() error {
	entries, err := os.ReadDir(l.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l.total = 0
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != letterSuffix {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
		l.total += info.Size()
	}
	return nil
}

// leaveDeleted closes a file that was deleted or moved while it was open:
// what is written to it would be lost.
func (l *letters) leaveDeleted() {
	if l.file == nil {
		return
	}
	open, openErr := l.file.Stat()
	named, namedErr := os.Stat(l.file.Name())
	if openErr == nil && namedErr == nil && os.SameFile(open, named) {
		return
	}
	_ = l.closeFile() // all that was written to it is synced, and its new owner's
}

func (l *letters) closeFile() error {
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.file.Sync(), l.file.Close())
	l.file, l.size = nil, 0
	return err
}

// close ends the current file. write may be called again and starts another.
func (l *letters) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closeFile()
}
