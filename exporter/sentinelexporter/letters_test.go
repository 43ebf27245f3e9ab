package sentinelexporter

import (
	"bytes"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// texts yields lines as write wants them.
func texts(all ...string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, text := range all {
			if !yield([]byte(text+"\n"), nil) {
				return
			}
		}
	}
}

// contents returns every line on disk, file by file in the order of names.
func contents(t *testing.T, dir string) (files int, all []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"+letterSuffix))
	require.NoError(t, err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.True(t, len(text) == 0 || bytes.HasSuffix(text, []byte("\n")), "%s ends in a torn line", name)
		all = slices.AppendSeq(all, strings.Lines(string(text)))
	}
	return len(names), all
}

func TestLettersArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "as needed")
	l := newLetters(dir, letterPrefix, mib)
	n, err := l.write(texts("one", "two"), noon)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.NoError(t, l.close())

	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	info, err = os.Stat(filepath.Join(dir, "dead-letter-20261123T120000Z-000.ndjson"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, lines := contents(t, dir)
	require.Equal(t, []string{"one\n", "two\n"}, lines)
}

func TestNothingGivenUpMakesNoFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	_, err := newLetters(dir, letterPrefix, mib).write(texts(), noon)
	require.NoError(t, err)
	require.NoDirExists(t, dir)
}

func TestLettersRotateAndStopAtTheCap(t *testing.T) {
	dir := t.TempDir()
	l := newLetters(dir, letterPrefix, 80) // files of 10 bytes
	line := "123456789"
	for i := range 8 {
		n, err := l.write(texts(line), at(time.Duration(i)*time.Second))
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
	n, err := l.write(texts("x", "y"), at(8*time.Second))
	require.ErrorIs(t, err, errLettersFull)
	require.Zero(t, n)
	files, lines := contents(t, dir)
	require.Equal(t, 8, files)
	require.Len(t, lines, 8)

	first, err := filepath.Glob(filepath.Join(dir, "*-000.ndjson"))
	require.NoError(t, err)
	require.NoError(t, os.Remove(first[0]))
	n, err = l.write(texts("x"), at(2*time.Minute))
	require.NoError(t, err, "deleting a file makes room")
	require.Equal(t, 1, n)
	require.NoError(t, l.close())
}

func TestLinesBeforeTheCapAreKept(t *testing.T) {
	l := newLetters(t.TempDir(), letterPrefix, 12)
	n, err := l.write(texts("12345", "67890", "no"), noon)
	require.ErrorIs(t, err, errLettersFull)
	require.Equal(t, 2, n)
	require.NoError(t, l.close())
}

func TestTheCapIsKeptToTheByte(t *testing.T) {
	dir := t.TempDir()
	l := newLetters(dir, letterPrefix, 100) // four lines a file
	for range 40 {
		_, _ = l.write(texts("ab"), noon)
	}
	require.NoError(t, l.close())
	files, lines := contents(t, dir)
	require.Equal(t, 9, files)
	require.Len(t, lines, 33)
}

func TestLettersOfEarlierRunsCountAndStayAsTheyAre(t *testing.T) {
	dir := t.TempDir()
	torn := filepath.Join(dir, "dead-letter-20261123T120000Z-000.ndjson")
	require.NoError(t, os.WriteFile(torn, []byte(`{"torn":`), 0o600))
	l := newLetters(dir, letterPrefix, 14)
	_, err := l.write(texts("12345"), noon)
	require.NoError(t, err)
	_, err = l.write(texts("12345"), noon)
	require.ErrorIs(t, err, errLettersFull)
	require.NoError(t, l.close())
	text, err := os.ReadFile(torn)
	require.NoError(t, err)
	require.Equal(t, `{"torn":`, string(text))
	require.FileExists(t, filepath.Join(dir, "dead-letter-20261123T120000Z-001.ndjson"))
}

func TestDeletedFileIsNotWrittenTo(t *testing.T) {
	dir := t.TempDir()
	l := newLetters(dir, letterPrefix, mib)
	_, err := l.write(texts("replayed"), noon)
	require.NoError(t, err)
	require.NoError(t, os.Remove(l.file.Name()))
	n, err := l.write(texts("new"), at(time.Second))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, lines := contents(t, dir)
	require.Equal(t, []string{"new\n"}, lines)
	require.NoError(t, l.close())
}

func TestFailedWriteGoesOnInAnotherFile(t *testing.T) {
	dir := t.TempDir()
	l := newLetters(dir, letterPrefix, mib)
	_, err := l.write(texts("first"), noon)
	require.NoError(t, err)
	name := l.file.Name()
	require.NoError(t, l.file.Close())
	l.file, err = os.Open(name) // a file that takes no more
	require.NoError(t, err)
	n, err := l.write(texts("refused"), noon)
	require.Error(t, err)
	require.Zero(t, n)
	n, err = l.write(texts("next"), noon)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, l.close())
	_, lines := contents(t, dir)
	require.Equal(t, []string{"first\n", "next\n"}, lines)
}

func TestUnwritableDirectoryIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	n, err := newLetters(filepath.Join(file, "below"), letterPrefix, mib).write(texts("x"), noon)
	require.Error(t, err)
	require.NotErrorIs(t, err, errLettersFull)
	require.Zero(t, n)
}

func TestLineThatCannotBeMadeEndsTheWrite(t *testing.T) {
	l := newLetters(t.TempDir(), letterPrefix, mib)
	broken := errors.New("broken")
	n, err := l.write(func(yield func([]byte, error) bool) {
		_ = yield([]byte("a\n"), nil) && yield(nil, broken)
	}, noon)
	require.ErrorIs(t, err, broken)
	require.Equal(t, 1, n)
	require.NoError(t, l.close())
}

func TestLettersFromManyPushes(t *testing.T) {
	dir := t.TempDir()
	l := newLetters(dir, letterPrefix, mib)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				_, _ = l.write(texts("aaaa", "bbbb"), noon)
			}
		})
	}
	wg.Wait()
	require.NoError(t, l.close())
	_, lines := contents(t, dir)
	require.Len(t, lines, 320)
	for i := 0; i < len(lines); i += 2 {
		require.Equal(t, []string{"aaaa\n", "bbbb\n"}, lines[i:i+2], "one push's lines stand together")
	}
}
