// Command sandbox serves a local Scaleway API on loopback, for tests and demos without an account. It prints the lines
// that a shell needs to use it, then a line for each request to the standard error.
//
// It is driven under /_sandbox/, without a token, in JSON:
//
//	GET    requests             the requests to the API since the start: method, path, query, status, duration, id
//	DELETE requests             forget them
//	GET    state                all objects, by kind
//	GET    clock                {"now": "2026-11-24T00:00:00Z"}
//	POST   clock                {"now": "2026-11-24T00:00:00Z"} or {"advance": "1h30m"} or {"advance": 5400} (seconds)
//	PATCH  objects/{kind}/{id}  change an object behind its users' backs: the fields of the body replace its own
//	DELETE objects/{kind}/{id}  delete it so, and with a cluster or a pool what is part of it
//	POST   nodes/{id}/heartbeat {"ready": true, "address": "203.0.113.10"}: replaces the kubelet of an external node,
//	                            with X-Auth-Token: the node's own credential; a node is ready from the first one on
//	POST   faults               let requests go wrong, see below
//	GET    faults               those that wait for their request
//	DELETE faults               forget them
//
// A fault is {"method": "POST", "path": "/k8s/*/clusters", "kind": "status", "times": 1, "after": 0, "status": 429,
// "retry_after": 5}: the method may be left out, * in the path stands for any text with its slashes, the first `after`
// matching requests pass, and the next `times` (one, unless told) meet the fault. With `"persistent": true` in place of
// `times` all later ones meet it, until the faults are deleted. With `"same_request": true` the fault is limited to the
// method and the path of the first request that meets it: together they fail one request and each of its repeats. Kinds
// are
//
//	status         the API's error for `status` (400 to 599), with `retry_after` seconds where given; nothing is done
//	html           a proxy's error page for `status` (502 unless told); nothing is done
//	foreign        an answer of something in front of the API: `status` (200 to 599), `content_type` and `body` as given,
//	               both may be left out; nothing is done
//	reset          the connection breaks; nothing is done
//	lost_response  the work is done, then the connection breaks
//	truncate       the work is done, half of the answer arrives
//	delay          the work is done `delay` later: milliseconds, or a duration such as "2s"
//
// With -kubernetes it also starts a real Kubernetes API server, seeded as Kapsule ships a cluster, to which the
// kubeconfig of every cluster points: the sandbox's secret key is an administrator there. No controller runs in it.
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

// run serves until the context ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	listen, options, kubernetes, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if kubernetes != "" {
		cluster, err := startCluster(ctx, kubernetes)
		if err != nil {
			return fmt.Errorf("-kubernetes: %w", err)
		}
		// The sandbox is shut down before: what is deferred comes last.
		defer func() {
			if err := cluster.Stop(); err != nil {
				_, _ = fmt.Fprintln(stderr, "stop the Kubernetes API server:", err)
			}
		}()
		options.Kubeconfig = cluster.Kubeconfig()
	}
	options.Report = func(r sandbox.Request) {
		_, _ = fmt.Fprintf(
			stderr, "%s %s %s %d %.0f ms\n", r.At.Format(time.RFC3339), r.Method, r.Path, r.Status, r.DurationMS,
		)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", listen, err)
	}
	if err := printEnvironment(stdout, listener.Addr().String(), options.Empty); err != nil {
		return err
	}
	server := &http.Server{Handler: sandbox.New(options), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	// Requests under way get a moment: the context that ended is not theirs.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

// parse reads the flags. Errors say what was given and what is allowed.
func parse(args []string, stderr io.Writer) (listen string, options sandbox.Options, kubernetes string, err error) {
	var now, kubeconfig string
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&listen, "listen", "127.0.0.1:8080", "loopback `address` and port to listen on; port 0 takes a free "+
		"one")
	flags.DurationVar(&options.Latency, "latency", 0, "`time` added to every answer, such as 50ms")
	flags.Float64Var(&options.Speed, "speed", 100, "`factor` by which transitions are faster than recorded; 1 is as "+
		"slow as the real API")
	flags.StringVar(&now, "now", "", "the sandbox's `time` at its start, RFC 3339; without it the wall clock's")
	flags.BoolVar(&options.Empty, "empty", false, "start without the VPC, Private Network and Public Gateway")
	flags.StringVar(&kubeconfig, "kubeconfig", "", "`file` with the kubeconfig that clusters answer")
	flags.StringVar(&kubernetes, "kubernetes", "", "`folder` with kube-apiserver and etcd: start a real API server that "+
		"every cluster's kubeconfig points to")
	if err := flags.Parse(args); err != nil {
		return "", options, "", err
	}
	if flags.NArg() > 0 {
		return "", options, "", fmt.Errorf("unexpected argument %q: there are flags only, see -help", flags.Arg(0))
	}
	if err := loopback(listen); err != nil {
		return "", options, "", err
	}
	if options.Speed <= 0 {
		return "", options, "", fmt.Errorf("-speed %v: must be more than 0, such as 100", options.Speed)
	}
	if options.Latency < 0 {
		return "", options, "", fmt.Errorf("-latency %v: must be 0 or more, such as 50ms", options.Latency)
	}
	if now != "" {
		start, err := time.Parse(time.RFC3339, now)
		if err != nil {
			return "", options, "", fmt.Errorf("-now %q: must be a time such as 2026-11-24T00:00:00Z", now)
		}
		options.Start = start
	}
	if kubeconfig != "" {
		raw, err := os.ReadFile(kubeconfig)
		if err != nil {
			return "", options, "", fmt.Errorf("-kubeconfig: %w", err)
		}
		options.Kubeconfig = raw
	}
	if kubeconfig != "" && kubernetes != "" {
		return "", options, "", errors.New("-kubernetes and -kubeconfig both say where kubeconfigs point to: use one of them")
	}
	return listen, options, kubernetes, nil
}

// startCluster starts and seeds an API server in which the sandbox's administrator is one, too.
func startCluster(ctx context.Context, dir string) (*apiserver.Server, error) {
	cluster, err := apiserver.Start(
		ctx, dir, apiserver.ScalewayUsers(sandbox.SecretKey, sandbox.UserID, sandbox.ReaderKey, sandbox.NobodyKey),
	)
	if err != nil {
		return nil, err
	}
	if err := cluster.Seed(ctx); err != nil {
		return nil, errors.Join(err, cluster.Stop())
	}
	return cluster, nil
}

// loopback refuses an address that others could reach: the sandbox's keys are public.
func loopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("-listen %q: must be an address and a port, such as 127.0.0.1:8080: %w", listen, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("-listen %q: the sandbox serves on loopback only, since its keys are public: use 127.0.0.1, ::1 "+
			"or localhost", listen)
	}
	return nil
}

// printEnvironment prints what a shell needs to use the sandbox.
func printEnvironment(w io.Writer, address string, empty bool) error {
	lines := fmt.Sprintf(`export SCW_API_URL=http://%s
export SCW_ACCESS_KEY=%s
export SCW_SECRET_KEY=%s
export SCW_DEFAULT_ORGANIZATION_ID=%s
export SCW_DEFAULT_PROJECT_ID=%s
export SCW_DEFAULT_REGION=fr-par
export SCW_DEFAULT_ZONE=fr-par-1
# Signed contract: type %s, name %s (the sandbox's own choice)
`, address, sandbox.AccessKey, sandbox.SecretKey, sandbox.OrganizationID, sandbox.ProjectID,
		sandbox.ContractType, sandbox.ContractName)
	if !empty {
		lines += fmt.Sprintf(
			"# Private Network: fr-par/%s\n# Public Gateway:  fr-par-1/%s\n", sandbox.PrivateNetworkID, sandbox.GatewayID,
		)
	}
	if _, err := io.WriteString(w, lines); err != nil {
		return fmt.Errorf("print how to use the sandbox: %w", err)
	}
	return nil
}
