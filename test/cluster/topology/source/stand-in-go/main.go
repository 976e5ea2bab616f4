// Command stand-in is a service of any name: what it does comes from its variables (README.md).
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"
)

type object = map[string]any

var name = os.Getenv("NAME")

// routes are what each path does, one step after another.
var routes = map[string][]step{}

func main() {
	log.SetFlags(0)
	if err := json.Unmarshal([]byte(os.Getenv("ROUTES")), &routes); err != nil {
		log.Fatal(err)
	}
	go serveControl()
	for {
		log.Printf("%s listens", name)
		listenUntilRefusing(http.HandlerFunc(respond))
		log.Printf("%s does not listen", name)
		waitUntilMended()
	}
}

func respond(out http.ResponseWriter, in *http.Request) {
	fault := faultFor(in.URL.Path)
	if misbehave(out, fault) {
		return
	}
	status, result := 200, object{"name": name}
	steps, isKnown := routes[in.URL.Path]
	if !isKnown {
		status, result = 404, object{"error": fmt.Sprintf("%s has no %s", name, in.URL.Path)}
	}
	for _, each := range steps {
		given, err := each.do(in, fault)
		if err != nil {
			failed := stepError{500, err.Error()}
			errors.As(err, &failed)
			log.Printf("%s: %d %s", in.URL.Path, failed.status, failed.text)
			status, result = failed.status, object{"error": failed.text}
			if fault.mode == "swallow" {
				status, result = 200, object{}
			}
			break
		}
		for key, value := range given {
			result[key] = value
		}
	}
	text, _ := json.Marshal(result)
	switch fault.mode {
	case "truncate":
		truncate(out, text)
	case "slow":
		dribble(out, status, text, fault.number)
	default:
		write(out, status, text)
	}
}

func write(out http.ResponseWriter, status int, text []byte) {
	head(out, status, len(text))
	out.Write(text)
}

func head(out http.ResponseWriter, status, length int) {
	out.Header().Set("Content-Type", "application/json")
	out.Header().Set("Content-Length", strconv.Itoa(length))
	out.WriteHeader(status)
}

func dribble(out http.ResponseWriter, status int, text []byte, milliseconds int) {
	head(out, status, len(text))
	for _, each := range bytes.Split(text, nil) {
		time.Sleep(time.Duration(milliseconds/len(text)) * time.Millisecond)
		out.Write(each)
		out.(http.Flusher).Flush()
	}
}

type stepError struct {
	status int
	text   string
}

func (e stepError) Error() string { return e.text }

func badGateway(format string, values ...any) error {
	return stepError{502, fmt.Sprintf(format, values...)}
}
