package collect_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// largeEstate returns a cluster with nodes, Load Balancers and volumes. Each Load Balancer has two frontends without a
// certificate, whose access rules decide.
func largeEstate(nodes, balancers, volumes int) []byte {
	var b strings.Builder
	b.WriteString("clusters:\n  - name: large\n    type: kapsule-dedicated-16\n    version: 1.36.5\n    cni: cilium\n" +
		"    private_network_id: ${private_networks.sandbox}\n")
	b.WriteString("pools:\n")
	const perPool = 125
	for i := range (nodes + perPool - 1) / perPool {
		fmt.Fprintf(
			&b,
			"  - { name: p%d, cluster: \"${clusters.large}\", node_type: POP2-2C-8G, size: %d, zone: fr-par-%d, "+
				"root_volume_type: sbs_5k, root_volume_size: 20GB, public_ip_disabled: true }\n",
			i,
			min(perPool, nodes-i*perPool),
			i%3+1,
		)
	}
	b.WriteString("volumes:\n")
	for i := range volumes {
		fmt.Fprintf(&b, "  - { name: pvc-%d, zone: fr-par-%d, from_empty: { size: 10GB } }\n", i, i%3+1)
	}
	b.WriteString("load_balancers:\n")
	for i := range balancers {
		fmt.Fprintf(
			&b,
			"  - { name: \"${clusters.large}_5f0a7c9e-0000-4000-8000-%012d\", as: l%d, type: lb-s }\n",
			i,
			i,
		)
	}
	b.WriteString("backends:\n")
	for i := range balancers {
		fmt.Fprintf(
			&b,
			"  - { name: b%d, load_balancer: \"${load_balancers.l%d}\", forward_protocol: http, forward_port: 80 }\n",
			i,
			i,
		)
	}
	b.WriteString("frontends:\n")
	for i := range balancers {
		for _, port := range []int{80, 8080} {
			fmt.Fprintf(&b, "  - { name: f%d-%d, load_balancer: \"${load_balancers.l%d}\", inbound_port: %d, "+
				"backend_id: \"${backends.b%d}\" }\n", i, port, i, port, i)
		}
	}
	return []byte(b.String())
}

// TestLargeEstate limits the number of requests for 500 nodes, 20 Load Balancers, and 1000 volumes beside the root
// disks of the nodes. Each request takes 50 ms.
func TestLargeEstate(t *testing.T) {
	t.Parallel()
	const nodes, balancers, volumes, limit = 500, 20, 1000, 250
	server := sandbox.New(sandbox.Options{Start: startTime(), Speed: 2000, Latency: 50 * time.Millisecond})
	if err := server.LoadEstate(t.Context(), largeEstate(nodes, balancers, volumes)); err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	e := &estate{server, listener.URL}
	before := e.Now()
	facts := e.collect(t, "large")
	duration, products := e.Now().Sub(before), map[string]int{}
	for _, r := range server.Requests() {
		products[strings.Split(r.Path, "/")[1]]++
	}
	t.Logf("%d requests in %s: %v", len(server.Requests()), duration, products)
	if len(server.Requests()) > limit {
		t.Errorf("more than %d requests", limit)
	}
	checkNoRepeatedRequests(t, server.Requests())
	p := facts.Project
	for name, count := range map[string][2]int{
		"nodes": {len(facts.Nodes.Items), nodes}, "root disks": {len(p.RootDisks.Items), nodes},
		"volumes":        {len(p.Volumes.Items), volumes + nodes},
		"Load Balancers": {len(p.LoadBalancers.Items), balancers},
	} {
		if count[0] != count[1] {
			t.Errorf("%s: %d, expected %d", name, count[0], count[1])
		}
	}
	for _, l := range p.LoadBalancers.Items {
		if l.Frontends.Missing() != nil || len(l.Frontends.Items) != 2 || l.Frontends.Items[0].ACLs.Missing() != nil {
			t.Errorf("%s: %+v", l.Name, l.Frontends)
		}
	}
}

// checkNoRepeatedRequests checks that nothing was requested twice.
func checkNoRepeatedRequests(t *testing.T, requests []sandbox.Request) {
	t.Helper()
	counts := map[string]int{}
	for _, r := range requests {
		address := r.Method + " " + r.Path + "?" + r.Query
		if counts[address]++; counts[address] == 2 {
			t.Errorf("requested again: %s", address)
		}
	}
}
