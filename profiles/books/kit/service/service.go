// Package service is the life of a process: read the settings, listen, answer,
// and end quickly when told to.
package service

import (
	"context"
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"books.example/kit/config"
)

// grace is how long requests under way may take to finish after SIGTERM.
const grace = 250 * time.Millisecond

// Configure reads the settings from the folder given by -config, or ends the
// process and says what is wrong with them.
func Configure(name string, settings any) {
	log.SetOutput(os.Stdout)
	log.SetFlags(log.Ltime | log.Lmicroseconds)

	folder := flag.String("config", "container/etc", "folder with a config.<environment>.toml for each environment")
	flag.Parse()
	if err := config.Load(*folder, settings); err != nil {
		log.Fatalf("%s: %v", name, err)
	}
}

// Serve answers requests until SIGTERM or an interrupt.
//
// It listens before anything else is ready: back ends are connected to in the
// background, so that a swapped binary answers within milliseconds.
func Serve(name, address string, routes http.Handler) {
	stopping, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()

	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	log.Printf("%s listens on %s (%s)", name, listener.Addr(), config.Environment())
	if err := serve(stopping, listener, routes); err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	log.Printf("%s ended", name)
}

func serve(stopping context.Context, listener net.Listener, routes http.Handler) error {
	silent := newSilentConnections()
	server := &http.Server{
		Handler:           logged(withHealth(routes)),
		ReadHeaderTimeout: 10 * time.Second,
		ConnState:         silent.observe,
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), stoppingKey{}, stopping)
		},
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	select {
	case err := <-failed:
		return err
	case <-stopping.Done():
	}
	silent.close()
	patience, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(patience); errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return nil
}

func withHealth(routes http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", routes)
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	return mux
}
