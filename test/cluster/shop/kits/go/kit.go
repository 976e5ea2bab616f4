package main

// What every Go service of this shop has: JSON over HTTP, calls to others, and the faults of README.md.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

type object = map[string]any

type httpError struct {
	status int
	text   string
}

func (e httpError) Error() string { return e.text }

// handler gets the request and its JSON body and returns what is answered as JSON.
type handler func(request *http.Request, body object) (any, error)

var fault = parseFault(os.Getenv("FAULT"))

var client = &http.Client{Timeout: time.Duration(number(os.Getenv("CALL_TIMEOUT_MS"), 5000)) * time.Millisecond}

// address is that of a dependency; empty when it is optional and not there.
func address(variable string) string { return strings.TrimSuffix(os.Getenv(variable), "/") }

// serve answers patterns of net/http ("GET /products/{id}") until the process is told to end.
func serve(name string, routes map[string]handler) {
	log.SetFlags(0)
	if fault.mode == "exit" {
		log.Printf("%s: cannot start", name)
		os.Exit(3)
	}
	if fault.mode == "refuse" {
		log.Printf("%s: does not listen", name)
		select {}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(out http.ResponseWriter, _ *http.Request) {
		answer(out, 200, object{"name": name, "ok": true})
	})
	mux.HandleFunc("/", func(out http.ResponseWriter, in *http.Request) {
		answer(out, 404, object{"error": fmt.Sprintf("%s has no %s %s", name, in.Method, in.URL.Path)})
	})
	for pattern, handle := range routes {
		mux.HandleFunc(pattern, func(out http.ResponseWriter, in *http.Request) { respond(out, in, handle) })
	}
	port := os.Getenv("PORT")
	log.Printf("%s listens on %s", name, port)
	log.Fatal(http.ListenAndServe(":"+port, mux))
}

func respond(out http.ResponseWriter, in *http.Request, handle handler) {
	isFaulty := strings.HasPrefix(in.URL.Path, fault.path)
	if isFaulty && misbehave(out) {
		return
	}
	body := object{}
	if err := json.NewDecoder(in.Body).Decode(&body); err != nil && !errors.Is(err, io.EOF) {
		answer(out, 400, object{"error": "the body is not JSON"})
		return
	}
	status := 200
	result, err := handle(in, body)
	if err != nil {
		status = 500
		if known := (httpError{}); errors.As(err, &known) {
			status = known.status
		}
		log.Printf("%s %s: %d %s", in.Method, in.URL.Path, status, err)
		result = object{"error": err.Error()}
		if isFaulty && fault.mode == "swallow" {
			status, result = 200, object{}
		}
	}
	switch {
	case isFaulty && fault.mode == "truncate":
		truncate(out, result)
	case isFaulty && fault.mode == "slow":
		dribble(out, status, result)
	default:
		answer(out, status, result)
	}
}

// call is GET, or POST when there is a body. What the other side spoils comes back as 502.
func call(name, url string, body any) (object, error) {
	for attempt := 0; ; attempt++ {
		result, err := callOnce(name, url, body)
		failed := httpError{}
		if err == nil || fault.mode != "retry" || attempt >= fault.number || !errors.As(err, &failed) || failed.status != 502 {
			return result, err
		}
		log.Printf("%s; once more", err)
	}
}

func callOnce(name, url string, body any) (object, error) {
	method, content := "GET", []byte(nil)
	if body != nil {
		method = "POST"
		content, _ = json.Marshal(body)
	}
	request, err := http.NewRequest(method, url, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, httpError{502, fmt.Sprintf("%s did not answer: %s", name, err)}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, httpError{502, fmt.Sprintf("%s broke off: %s", name, err)}
	}
	if response.StatusCode >= 400 {
		status := response.StatusCode
		if status >= 500 {
			status = 502
		}
		return nil, httpError{status, fmt.Sprintf("%s answered %d: %.200s", name, response.StatusCode, text)}
	}
	result := object{}
	if err := json.Unmarshal(text, &result); err != nil {
		return nil, httpError{502, fmt.Sprintf("%s answered no JSON: %s", name, err)}
	}
	return result, nil
}

func answer(out http.ResponseWriter, status int, result any) {
	text, _ := json.Marshal(result)
	write(out, status, text)
}

func write(out http.ResponseWriter, status int, text []byte) {
	out.Header().Set("Content-Type", "application/json")
	out.Header().Set("Content-Length", strconv.Itoa(len(text)))
	out.WriteHeader(status)
	out.Write(text)
}

type faultSpec struct {
	mode, text, path string
	number           int
}

// parseFault reads mode[:number or status[:text]][@path].
func parseFault(text string) faultSpec {
	spec, path, _ := strings.Cut(text, "@")
	if path == "" {
		path = "/"
	}
	parts := append(strings.SplitN(spec, ":", 3), "", "")
	return faultSpec{mode: parts[0], number: number(parts[1], 0), text: parts[2], path: path}
}

func number(text string, otherwise int) int {
	if value, err := strconv.Atoi(text); err == nil {
		return value
	}
	return otherwise
}

// misbehave is what happens before the request is handled; true when it has been answered.
func misbehave(out http.ResponseWriter) bool {
	switch fault.mode {
	case "crash":
		log.Print("crash on request")
		os.Exit(1)
	case "hang":
		milliseconds := fault.number
		if milliseconds == 0 {
			milliseconds = 3_600_000
		}
		time.Sleep(time.Duration(milliseconds) * time.Millisecond)
	case "status":
		text := fault.text
		if text == "" {
			text = `{"error":"told to fail"}`
		}
		write(out, fault.number, []byte(text))
		return true
	case "oom":
		hoard := [][]byte{}
		for {
			hoard = append(hoard, bytes.Repeat([]byte{1}, 8<<20))
		}
	}
	return false
}

// truncate promises all of the body, gives half of it, and hangs up.
func truncate(out http.ResponseWriter, result any) {
	text, _ := json.Marshal(result)
	connection, _, err := out.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer connection.Close()
	fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(text), text[:len(text)/2])
}

func dribble(out http.ResponseWriter, status int, result any) {
	text, _ := json.Marshal(result)
	out.Header().Set("Content-Type", "application/json")
	out.Header().Set("Content-Length", strconv.Itoa(len(text)))
	out.WriteHeader(status)
	for index := range text {
		time.Sleep(time.Duration(fault.number) * time.Millisecond / time.Duration(len(text)))
		out.Write(text[index : index+1])
		out.(http.Flusher).Flush()
	}
}
