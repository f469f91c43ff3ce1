// An ext_authz server on grpc-go: one that allows everything, or one that asks Coraza.
//
// Usage: authz-server SOCKET                  allows everything
//
//	authz-server SOCKET RULE-FILE...     asks Coraza, with its prefilter on
//
// It listens on the Unix socket SOCKET, and says so on standard error in one line of JSON.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/types"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// serviceName is what Envoy's health checks ask for.
const serviceName = "envoy.service.auth.v3.Authorization"

// messageBytesMax lets bodies of some megabytes in; grpc-go's own bound is 4 MiB.
const messageBytesMax = 16 << 20

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "authz-server: %v\n", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("no socket is given")
	}
	service, engine, err := newService(arguments[1:])
	if err != nil {
		return err
	}
	listener, err := net.Listen("unix", arguments[0])
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(messageBytesMax))
	authv3.RegisterAuthorizationServer(server, service)
	probe := health.NewServer()
	probe.SetServingStatus(serviceName, grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(server, probe)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-ended
		server.Stop()
	}()
	fmt.Fprintf(os.Stderr, "{\"msg\":\"listening\",\"version\":%q}\n", version(engine))
	return server.Serve(listener)
}

// newService also tells the module that decides.
func newService(ruleFiles []string) (authv3.AuthorizationServer, string, error) {
	if len(ruleFiles) == 0 {
		return allowAll{}, "google.golang.org/grpc", nil
	}
	// Logging costs those who log; that a rule matched is told all the same.
	config := coraza.NewWAFConfig().WithErrorCallback(func(types.MatchedRule) {}).WithDirectives("SecRxPreFilter On")
	for _, file := range ruleFiles {
		config = config.WithDirectivesFromFile(file)
	}
	waf, err := coraza.NewWAF(config)
	return &inspector{waf: waf}, "github.com/corazawaf/coraza/v3", err
}

func version(engine string) string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == engine {
			return fmt.Sprintf("%s on %s", module.Version[1:], info.GoVersion)
		}
	}
	return "unknown"
}

type allowAll struct {
	authv3.UnimplementedAuthorizationServer
}

func (allowAll) Check(context.Context, *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	return allowed(), nil
}

type inspector struct {
	authv3.UnimplementedAuthorizationServer
	waf coraza.WAF
}

func (service *inspector) Check(_ context.Context, asked *authv3.CheckRequest) (given *authv3.CheckResponse, err error) {
	tx := service.waf.NewTransaction()
	defer func() {
		tx.ProcessLogging()
		err = errors.Join(err, tx.Close())
	}()
	if err := exchange(tx, asked.GetAttributes()); err != nil {
		return nil, err
	}
	if met := tx.Interruption(); met != nil {
		return denied(met.Status), nil
	}
	return allowed(), nil
}

func exchange(tx types.Transaction, attributes *authv3.AttributeContext) error {
	client := attributes.GetSource().GetAddress().GetSocketAddress()
	server := attributes.GetDestination().GetAddress().GetSocketAddress()
	tx.ProcessConnection(client.GetAddress(), int(client.GetPortValue()), server.GetAddress(), int(server.GetPortValue()))
	http := attributes.GetRequest().GetHttp()
	tx.ProcessURI(http.GetPath(), http.GetMethod(), http.GetProtocol())
	addHeaders(tx, http)
	if tx.ProcessRequestHeaders() != nil {
		return nil
	}
	if body := bodyOf(http); len(body) > 0 {
		if met, _, err := tx.WriteRequestBody(body); met != nil || err != nil {
			return err
		}
	}
	_, err := tx.ProcessRequestBody()
	return err
}

// addHeaders takes the lines as they came where Envoy sends them, and else those that it joined by name.
func addHeaders(tx types.Transaction, http *authv3.AttributeContext_HttpRequest) {
	tx.AddRequestHeader("Host", http.GetHost())
	tx.SetServerName(http.GetHost())
	for _, line := range http.GetHeaderMap().GetHeaders() {
		value := line.GetValue()
		if len(line.GetRawValue()) > 0 {
			value = string(line.GetRawValue())
		}
		addHeader(tx, line.GetKey(), value)
	}
	if http.GetHeaderMap() != nil {
		return
	}
	for name, value := range http.GetHeaders() {
		addHeader(tx, name, value)
	}
}

// addHeader leaves out what is Envoy's own.
func addHeader(tx types.Transaction, name, value string) {
	if strings.HasPrefix(name, ":") || name == "host" || strings.HasPrefix(name, "x-envoy-auth-partial-body") {
		return
	}
	tx.AddRequestHeader(name, value)
}

func bodyOf(http *authv3.AttributeContext_HttpRequest) []byte {
	if raw := http.GetRawBody(); len(raw) > 0 {
		return raw
	}
	return []byte(http.GetBody())
}

func allowed() *authv3.CheckResponse {
	return &authv3.CheckResponse{
		Status:       &status.Status{Code: int32(codes.OK)},
		HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: &authv3.OkHttpResponse{}},
	}
}

func denied(httpStatus int) *authv3.CheckResponse {
	return &authv3.CheckResponse{
		Status: &status.Status{Code: int32(codes.PermissionDenied)},
		HttpResponse: &authv3.CheckResponse_DeniedResponse{DeniedResponse: &authv3.DeniedHttpResponse{
			Status: &typev3.HttpStatus{Code: typev3.StatusCode(httpStatus)},
			Headers: []*corev3.HeaderValueOption{
				{Header: &corev3.HeaderValue{Key: "content-type", Value: "text/plain"}},
			},
			Body: "denied",
		}},
	}
}
