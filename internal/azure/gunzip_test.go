package azure_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestGunzipLendsItsReaders(t *testing.T) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 50 {
				text := strings.Repeat("incident ", i)
				z, err := azure.Gunzip(bytes.NewReader(zipped(t, text)))
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := io.ReadAll(z); err != nil || string(got) != text {
					t.Errorf("read %q, %v", got, err)
				}
				_ = z.Close()
			}
		})
	}
	all.Wait()
}

func TestGunzipOfWhatIsNone(t *testing.T) {
	whole := zipped(t, "an answer")
	_, err := azure.Gunzip(bytes.NewReader(nil))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = azure.Gunzip(strings.NewReader("<!DOCTYPE html>"))
	require.Error(t, err)
	z, err := azure.Gunzip(bytes.NewReader(whole[:len(whole)-4]))
	require.NoError(t, err)
	_, err = io.ReadAll(z)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoError(t, z.Close())
	require.NoError(t, z.Close(), "twice is once")
	_, err = z.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrClosed)
}
