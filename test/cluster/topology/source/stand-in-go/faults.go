package main

import (
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// What goes wrong on command.

type fault struct {
	mode, text, path string
	number           int
}

// parseFault reads mode[:number or status[:text]][@path].
func parseFault(text string) fault {
	spec, path, _ := strings.Cut(text, "@")
	if path == "" {
		path = "/"
	}
	parts := append(strings.SplitN(spec, ":", 3), "", "")
	number, _ := strconv.Atoi(parts[1])
	if parts[0] == "tls" {
		return fault{mode: "tls", text: parts[1], path: path}
	}
	return fault{mode: parts[0], number: number, text: parts[2], path: path}
}

// misbehave is what happens before the request is handled; true when it has been answered.
func misbehave(out http.ResponseWriter, fault fault) bool {
	switch fault.mode {
	case "crash":
		log.Print("crash on request")
		os.Exit(1)
	case "hang":
		wait := time.Duration(fault.number) * time.Millisecond
		if wait == 0 {
			wait = time.Hour
		}
		time.Sleep(wait)
	case "oom":
		hoard := [][]byte{}
		for {
			more := make([]byte, 8<<20)
			for index := range more {
				more[index] = 1
			}
			hoard = append(hoard, more)
		}
	case "reset":
		hangUp(out, true)
		return true
	case "status":
		text := fault.text
		if text == "" {
			text = `{"error":"told to fail"}`
		}
		write(out, fault.number, []byte(text))
		return true
	}
	return false
}

// truncate promises all of the body, gives half of it, and hangs up.
func truncate(out http.ResponseWriter, text []byte) {
	head(out, 200, len(text))
	out.Write(text[:len(text)/2])
	out.(http.Flusher).Flush()
	hangUp(out, false)
}

func hangUp(out http.ResponseWriter, isRude bool) {
	connection, _, err := out.(http.Hijacker).Hijack()
	if err != nil {
		log.Fatal(err)
	}
	if secret, isSecret := connection.(*tls.Conn); isSecret {
		connection = secret.NetConn()
	}
	if plain, isPlain := connection.(*net.TCPConn); isPlain && isRude {
		plain.SetLinger(0)
	}
	connection.Close()
}
