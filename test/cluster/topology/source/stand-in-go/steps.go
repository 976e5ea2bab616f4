package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// step is one call of another service, or a command to Redis.
type step struct {
	Call     string   `json:"call"`
	Path     string   `json:"path"`
	In       string   `json:"in"`
	Redis    []string `json:"redis"`
	Optional bool     `json:"optional"`
}

// do gives what goes into the answer of the route. `{id}` stands for the id of the request.
func (s step) do(in *http.Request, fault fault) (object, error) {
	id := in.URL.Query().Get("id")
	if s.Call == "" {
		words := make([]string, len(s.Redis))
		for index, word := range s.Redis {
			words[index] = strings.ReplaceAll(word, "{id}", id)
		}
		given, err := command(address(s.In), words)
		if err != nil {
			return nil, stepError{500, fmt.Sprintf("%s: %s", s.In, err)}
		}
		return object{"value": given}, nil
	}
	attempts := 1
	if fault.mode == "retry" {
		attempts += fault.number
	}
	for {
		attempts--
		given, err := call(s.Call, address(s.Call)+strings.ReplaceAll(s.Path, "{id}", id), in.Header.Get("baggage"))
		if err == nil {
			return object{s.Call: given}, nil
		}
		if s.Optional {
			return object{}, nil
		}
		if failed, isStep := err.(stepError); attempts == 0 || !isStep || failed.status != 502 {
			return nil, err
		}
		log.Printf("%s; once more", err)
	}
}

func address(name string) string {
	return value(strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"_URL", "")
}

func timeout() time.Duration {
	milliseconds, _ := strconv.Atoi(value("CALL_TIMEOUT_MS", "3000"))
	return time.Duration(milliseconds) * time.Millisecond
}

// call gives the answer of a service; what that spoils is a 502.
func call(name, url, baggage string) (object, error) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return nil, err
	}
	if baggage != "" {
		request.Header.Set("baggage", baggage)
	}
	response, err := clientFor(name).Do(request)
	if err != nil {
		return nil, badGateway("%s did not answer: %s", name, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, badGateway("%s broke off: %s", name, err)
	}
	if response.StatusCode >= 400 {
		status := response.StatusCode
		if status >= 500 {
			status = 502
		}
		return nil, stepError{status, fmt.Sprintf("%s answered %d: %.200s", name, response.StatusCode, text)}
	}
	result := object{}
	if err := json.Unmarshal(text, &result); err != nil {
		return nil, badGateway("%s answered no JSON: %s", name, err)
	}
	return result, nil
}

var kept = &http.Client{}

// clientFor keeps connections to plain services alive, as most do; not those to encrypted ones: whom it trusts may change.
func clientFor(name string) *http.Client {
	authority := value("TLS_CA", "")
	if authority == "" || !strings.HasPrefix(address(name), "https:") {
		return &http.Client{Transport: kept.Transport, Timeout: timeout()}
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM([]byte(authority))
	settings := &tls.Config{RootCAs: trusted, ServerName: name, MaxVersion: tlsVersion()}
	return &http.Client{
		Transport: &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true},
		Timeout:   timeout(),
	}
}
