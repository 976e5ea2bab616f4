package main

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
)

// A server's side of TLS, with certificates out of variables: TLS_KEY and one TLS_CERTIFICATE_… for each fault `tls:…`.

// tlsVersion is the highest that a client asks for: in 1.3 most of a handshake is encrypted, in 1.2 it is not.
func tlsVersion() uint16 {
	if value("TLS_VERSION", "1.3") == "1.2" {
		return tls.VersionTLS12
	}
	return tls.VersionTLS13
}

var certificates = map[string]string{
	"":        "TLS_CERTIFICATE",
	"expired": "TLS_CERTIFICATE_EXPIRED",
	"unknown": "TLS_CERTIFICATE_UNKNOWN",
	"name":    "TLS_CERTIFICATE_NAME",
}

func serverSettings() *tls.Config {
	return &tls.Config{
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			switch mode := tlsFault(); mode {
			case "break":
				hello.Conn.Close()
				return nil, errors.New("told to break off")
			case "refuse":
				return nil, errors.New("told to refuse")
			default:
				pair, err := tls.X509KeyPair([]byte(os.Getenv(certificates[mode])), []byte(os.Getenv("TLS_KEY")))
				return &pair, err
			}
		},
	}
}

func tlsFault() string {
	if fault := faultFor("/"); fault.mode == "tls" {
		return fault.text
	}
	return ""
}

// maybeSecret listens for TLS, but for the fault `tls:plain`.
type maybeSecret struct {
	net.Listener
	settings *tls.Config
}

func (m *maybeSecret) Accept() (net.Conn, error) {
	connection, err := m.Listener.Accept()
	if err != nil || tlsFault() == "plain" {
		return connection, err
	}
	return tls.Server(connection, m.settings), nil
}
