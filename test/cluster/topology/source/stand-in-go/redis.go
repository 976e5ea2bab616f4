package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

const redisTimeout = 2 * time.Second

// command sends one command in RESP 2 over a connection of its own.
func command(server string, words []string) (any, error) {
	connection, err := net.DialTimeout("tcp", server, redisTimeout)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(redisTimeout))
	fmt.Fprintf(connection, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(connection, "$%d\r\n%s\r\n", len(word), word)
	}
	return reply(bufio.NewReader(connection))
}

func reply(from *bufio.Reader) (any, error) {
	line, err := from.ReadString('\n')
	if err != nil {
		return nil, err
	}
	kind, rest := line[0], strings.TrimSpace(line[1:])
	switch kind {
	case '+':
		return rest, nil
	case '-':
		return nil, errors.New(rest)
	case ':':
		return strconv.Atoi(rest)
	case '$':
		length, err := strconv.Atoi(rest)
		if err != nil || length < 0 {
			return nil, err
		}
		text := make([]byte, length+2)
		_, err = io.ReadFull(from, text)
		return string(text[:length]), err
	default:
		return nil, fmt.Errorf("a reply of an unknown kind %q", kind)
	}
}
