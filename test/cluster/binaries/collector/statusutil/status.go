// Package statusutil stands in for the module of that name, which not every module proxy carries: the two functions
// that the OTLP receiver and exporters call, by what the OTLP specification says of them.
package statusutil

import (
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var codeByStatus = map[int]codes.Code{
	http.StatusBadRequest:         codes.InvalidArgument,
	http.StatusUnauthorized:       codes.Unauthenticated,
	http.StatusForbidden:          codes.PermissionDenied,
	http.StatusNotFound:           codes.Unimplemented,
	http.StatusTooManyRequests:    codes.ResourceExhausted,
	http.StatusBadGateway:         codes.Unavailable,
	http.StatusServiceUnavailable: codes.Unavailable,
	http.StatusGatewayTimeout:     codes.Unavailable,
}

// NewStatusFromMsgAndHTTPCode is the gRPC status of an answer over HTTP.
func NewStatusFromMsgAndHTTPCode(message string, statusCode int) *status.Status {
	code, known := codeByStatus[statusCode]
	if !known {
		code = codes.Unknown
	}
	return status.New(code, message)
}

// GetRetryInfo is when to try again, if the status says so.
func GetRetryInfo(from *status.Status) *errdetails.RetryInfo {
	for _, detail := range from.Details() {
		if info, is := detail.(*errdetails.RetryInfo); is {
			return info
		}
	}
	return nil
}
