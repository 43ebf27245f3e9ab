package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// process is a started program whose output goes to a log file.
type process struct {
	name    string
	logPath string
	cmd     *exec.Cmd
	done    chan struct{} // closed once the program has ended
	err     error         // how it ended; read after done
}

// start runs a program in a process group of its own, so that Ctrl-C reaches it
// through stop alone, in order.
func start(logPath string, env []string, program string, args ...string) (*process, error) {
	log, err := os.Create(logPath) //nolint:gosec // the path is this program's own flag
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(program, args...) //nolint:gosec // the program is this program's own flag
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w; `make build` makes it", program, err)
	}
	p := &process{name: filepath.Base(program), logPath: logPath, cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// unexpectedEnd words an end that nobody asked for.
func (p *process) unexpectedEnd() error {
	return fmt.Errorf("%s ended by itself (%v); its last words are in %s", p.name, p.cmd.ProcessState, p.logPath)
}

// stop asks the program to end and waits; after the timeout it is killed, which
// is an error, as is an exit code other than 0.
func (p *process) stop(timeout time.Duration) error {
	select {
	case <-p.done:
		return nil // already said by unexpectedEnd
	default:
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	select {
	case <-p.done:
		if p.err != nil {
			return fmt.Errorf("stop %s: %w; see %s", p.name, p.err, p.logPath)
		}
		return nil
	case <-time.After(timeout):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("stop %s: killed after %s; see %s", p.name, timeout, p.logPath)
	}
}
