package main

// A second port, on which a test breaks and mends the service while it runs; nobody else calls it.

import (
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
)

const controlPort = ":9900"

var (
	lock     sync.Mutex
	current  = fault{path: "/"}
	values   = map[string]string{}
	mended   = make(chan struct{})
	listener net.Listener
)

func faultFor(path string) fault {
	lock.Lock()
	defer lock.Unlock()
	if strings.HasPrefix(path, current.path) {
		return current
	}
	return fault{}
}

// value is a variable, as the test has it now.
func value(key, otherwise string) string {
	lock.Lock()
	defer lock.Unlock()
	if text, isSet := values[key]; isSet {
		return text
	}
	if text, isSet := os.LookupEnv(key); isSet {
		return text
	}
	return otherwise
}

func listenUntilRefusing(handler http.Handler) {
	opened, err := net.Listen("tcp", ":"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	lock.Lock()
	listener = opened
	lock.Unlock()
	if os.Getenv("TLS_KEY") != "" {
		opened = &maybeSecret{opened, serverSettings()}
	}
	server := &http.Server{Handler: handler}
	server.Serve(opened)
	server.Close()
}

func waitUntilMended() {
	lock.Lock()
	wait := mended
	lock.Unlock()
	<-wait
}

// serveControl takes PUT /fault with a fault, PUT /values/NAME with a value, and DELETE / for all as it was.
func serveControl() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("PUT /fault", func(_ http.ResponseWriter, in *http.Request) {
		text, _ := io.ReadAll(in.Body)
		lock.Lock()
		defer lock.Unlock()
		current = parseFault(string(text))
		if current.mode == "refuse" {
			listener.Close()
		}
	})
	mux.HandleFunc("PUT /values/{key}", func(_ http.ResponseWriter, in *http.Request) {
		text, _ := io.ReadAll(in.Body)
		lock.Lock()
		defer lock.Unlock()
		values[in.PathValue("key")] = string(text)
	})
	mux.HandleFunc("DELETE /", func(http.ResponseWriter, *http.Request) {
		lock.Lock()
		defer lock.Unlock()
		current = fault{path: "/"}
		clear(values)
		close(mended)
		mended = make(chan struct{})
	})
	log.Fatal(http.ListenAndServe(controlPort, mux))
}
