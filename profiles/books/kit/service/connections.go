package service

import (
	"net"
	"net/http"
	"sync"
)

// silentConnections are the open connections that never sent a request.
// Browsers and proxies open them in advance, and http.Server.Shutdown waits
// for one as long as five seconds (golang/go#22682).
type silentConnections struct {
	mutex  sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
}

func newSilentConnections() *silentConnections {
	return &silentConnections{open: map[net.Conn]struct{}{}}
}

func (s *silentConnections) observe(conn net.Conn, state http.ConnState) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case state != http.StateNew:
		delete(s.open, conn)
	case s.closed:
		_ = conn.Close()
	default:
		s.open[conn] = struct{}{}
	}
}

func (s *silentConnections) close() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.closed = true
	for conn := range s.open {
		_ = conn.Close()
	}
}
