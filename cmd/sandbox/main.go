// Command sandbox serves a local Scaleway API on loopback, for tests and demos without an account. It prints the
// environment variables to use it to the standard output, and a line for each request to the standard error.
//
// Its control endpoints are under /_sandbox/. They use JSON and need no token:
//
//	GET    requests             list the API requests since the start: method, path, query, status, duration, id
//	DELETE requests             clear the list
//	GET    state                list all objects by kind
//	GET    clock                {"now": "2026-11-24T00:00:00Z"}
//	POST   clock                {"now": "2026-11-24T00:00:00Z"} or {"advance": "1h30m"} or {"advance": 5400} (seconds)
//	PATCH  objects/{kind}/{id}  change an object out of band: the fields of the body replace those of the object
//	DELETE objects/{kind}/{id}  delete an object out of band; a cluster or a pool with its pools and nodes
//	POST   nodes/{id}/heartbeat {"ready": true, "address": "203.0.113.10"}: report the state of an external node, in
//	                            place of its kubelet. X-Auth-Token is the node's credential. A node becomes ready with
//	                            its first heartbeat
//	GET    servers/{id}/conf    the metadata that the Instance of a node reads about itself at 169.254.42.42
//	POST   faults               add a fault, see below
//	GET    faults               list the faults that are not used up
//	DELETE faults               clear the faults
//
// A fault is {"method": "POST", "path": "/k8s/*/clusters", "kind": "status", "times": 1, "after": 0, "status": 429,
// "retry_after": 5}. Without a method it matches any method. In the path, * matches any text including slashes. The
// fault lets the first `after` matching requests through, and fails the next `times` (default 1). With
// `"persistent": true` in place of `times`, it fails all later ones until the faults are cleared. With
// `"same_request": true`, it is limited to the method and path of the first request that it applies to: with
// `persistent`, it fails that request and all of its retries. The kinds are
//
//	status         an error response of the API with `status` (400 to 599), and Retry-After if `retry_after` (seconds)
//	               is given; the request is not handled
//	html           an HTML error page of a proxy with `status` (default 502); the request is not handled
//	foreign        any response of a proxy: `status` (200 to 599), and optionally `content_type` and `body`; the
//	               request is not handled
//	reset          the connection is reset; the request is not handled
//	lost_response  the request is handled, then the connection is reset
//	truncate       the request is handled, and half of the response is sent
//	delay          the request is handled after `delay`: milliseconds, or a duration such as "2s"
//
// With -kubernetes it also starts a real Kubernetes API server with the initial objects of a Kapsule cluster. The
// kubeconfig of every cluster points to it, and the sandbox's secret key has administrator rights in it. It runs no
// controllers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		stop()
		os.Exit(2)
	}
}

// run runs the sandbox until ctx is done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	settings, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	options := settings.options
	if settings.kubernetes != "" {
		cluster, err := startKubernetes(ctx, settings)
		if err != nil {
			return fmt.Errorf("-kubernetes: %w", err)
		}
		// Deferred, so that the sandbox is shut down first.
		defer func() {
			if err := cluster.Stop(); err != nil {
				_, _ = fmt.Fprintln(stderr, "stop the Kubernetes API server:", err)
			}
		}()
		options.Kubeconfig, options.SetAdminToken = cluster.Kubeconfig(), cluster.SetAdminToken
		if settings.kubernetesAddress != "" {
			options.Kubeconfig = cluster.KubeconfigAt(settings.kubernetesAddress)
		}
	}
	options.Report = func(r sandbox.Request) {
		_, _ = fmt.Fprintf(
			stderr, "%s %s %s %d %.0f ms\n", r.At.Format(time.RFC3339), r.Method, r.Path, r.Status, r.DurationMS,
		)
	}
	handler := sandbox.New(options)
	if err := handler.LoadEstate(ctx, settings.estate); err != nil {
		return fmt.Errorf("-estate: %w", err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", settings.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", settings.listen, err)
	}
	if err := printEnvironment(stdout, listener.Addr().String(), options.Empty); err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	serveErr := make(chan error, 1)
	go func() { serveErr <- server.Serve(listener) }()
	select {
	case err := <-serveErr:
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	// Requests in flight get 5 seconds to finish. ctx is done, so Shutdown needs another context.
	shutdownCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(shutdownCtx); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

// settings are the values of the flags.
type settings struct {
	listen            string
	options           sandbox.Options
	kubernetes        string
	kubernetesAddress string
	estate            []byte
}

// parseFlags parses the flags. Errors name the value found and the values allowed.
func parseFlags(args []string, stderr io.Writer) (settings, error) {
	var found settings
	var now, kubeconfig, estate string
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(
		&found.listen,
		"listen",
		"127.0.0.1:8080",
		"loopback `address` and port to listen on; port 0 selects a "+
			"free port",
	)
	flags.DurationVar(&found.options.Latency, "latency", 0, "`time` added to every response, such as 50ms")
	flags.Float64Var(
		&found.options.Speed,
		"speed",
		100,
		"`factor` by which transitions are faster than recorded; 1 is the "+
			"speed of the real API",
	)
	flags.StringVar(&now, "now", "", "initial `time` of the sandbox's clock, RFC 3339 (default the wall clock's)")
	flags.BoolVar(
		&found.options.Empty,
		"empty",
		false,
		"start without the default VPC, Private Network and Public Gateway",
	)
	flags.StringVar(&kubeconfig, "kubeconfig", "", "`file` with the kubeconfig of every cluster")
	flags.StringVar(
		&found.kubernetes,
		"kubernetes",
		"",
		"`directory` with kube-apiserver and etcd: start a real API server, to which the kubeconfig of every cluster "+
			"points",
	)
	flags.StringVar(&found.kubernetesAddress, "kubernetes-address", "", "`host:port` at which clients reach the API "+
		"server of -kubernetes, if they cannot reach loopback")
	flags.StringVar(&estate, "estate", "", "YAML `file` with objects to create: see examples/estate/estate.yaml")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("unexpected argument %q: use flags only, see -help", flags.Arg(0))
	}
	if err := checkLoopback(found.listen); err != nil {
		return settings{}, err
	}
	if found.options.Speed <= 0 {
		return settings{}, fmt.Errorf("-speed %v: must be more than 0, such as 100", found.options.Speed)
	}
	if found.options.Latency < 0 {
		return settings{}, fmt.Errorf("-latency %v: must be 0 or more, such as 50ms", found.options.Latency)
	}
	if now != "" {
		start, err := time.Parse(time.RFC3339, now)
		if err != nil {
			return settings{}, fmt.Errorf("-now %q: must be a time such as 2026-11-24T00:00:00Z", now)
		}
		found.options.Start = start
	}
	if kubeconfig != "" {
		raw, err := os.ReadFile(kubeconfig)
		if err != nil {
			return settings{}, fmt.Errorf("-kubeconfig: %w", err)
		}
		found.options.Kubeconfig = raw
	}
	if estate != "" {
		raw, err := os.ReadFile(estate)
		if err != nil {
			return settings{}, fmt.Errorf("-estate: %w", err)
		}
		found.estate = raw
	}
	if kubeconfig != "" && found.kubernetes != "" {
		return settings{}, errors.New("-kubernetes and -kubeconfig both set the kubeconfig of clusters: use one " +
			"of them")
	}
	if found.kubernetesAddress == "" {
		return found, nil
	}
	if host, port, err := net.SplitHostPort(found.kubernetesAddress); err != nil || host == "" || port == "" {
		return settings{}, fmt.Errorf("-kubernetes-address %q: must be a host and a port, such as 10.0.0.1:6443",
			found.kubernetesAddress)
	}
	if found.kubernetes == "" {
		return settings{}, errors.New("-kubernetes-address is the address of the API server of -kubernetes: set both")
	}
	return found, nil
}

// startKubernetes starts and seeds an API server that accepts the sandbox's secret keys as tokens. The key of the
// sandbox's administrator has administrator rights.
func startKubernetes(ctx context.Context, s settings) (*apiserver.Server, error) {
	hosts := []string{}
	if host, _, err := net.SplitHostPort(s.kubernetesAddress); err == nil {
		hosts = append(hosts, host)
	}
	cluster, err := apiserver.Start(
		ctx,
		s.kubernetes,
		apiserver.ScalewayUsers(
			sandbox.SecretKey, sandbox.UserID, sandbox.ReaderSecretKey, sandbox.UnprivilegedSecretKey,
		),
		hosts...,
	)
	if err != nil {
		return nil, err
	}
	if err := cluster.Seed(ctx); err != nil {
		return nil, errors.Join(err, cluster.Stop())
	}
	return cluster, nil
}

// checkLoopback returns an error for an address that other machines could reach: the sandbox's keys are public.
func checkLoopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("-listen %q: must be an address and a port, such as 127.0.0.1:8080: %w", listen, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("-listen %q: the sandbox listens on loopback only, because its keys are public: use "+
			"127.0.0.1, ::1 or localhost", listen)
	}
	return nil
}

// printEnvironment prints shell commands that set the environment variables to use the sandbox.
func printEnvironment(w io.Writer, address string, empty bool) error {
	lines := fmt.Sprintf(`export SCW_API_URL=http://%s
export SCW_ACCESS_KEY=%s
export SCW_SECRET_KEY=%s
export SCW_DEFAULT_ORGANIZATION_ID=%s
export SCW_DEFAULT_PROJECT_ID=%s
export SCW_DEFAULT_REGION=fr-par
export SCW_DEFAULT_ZONE=fr-par-1
# Signed contract: type %s, name %s (the sandbox's choice)
`, address, sandbox.AccessKey, sandbox.SecretKey, sandbox.OrganizationID, sandbox.ProjectID,
		sandbox.ContractType, sandbox.ContractName)
	if !empty {
		lines += fmt.Sprintf(
			"# Private Network: fr-par/%s\n# Public Gateway:  fr-par-1/%s\n", sandbox.PrivateNetworkID,
			sandbox.GatewayID,
		)
	}
	if _, err := io.WriteString(w, lines); err != nil {
		return fmt.Errorf("print the environment: %w", err)
	}
	return nil
}
