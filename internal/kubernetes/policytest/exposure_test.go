package policytest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

const (
	refusedPorts     verdict = "deny srm-node-ports"
	warnedTemplate   verdict = "warn srm-host-port-templates"
	refusedIngress   verdict = "deny srm-ingresses"
	refusedListeners verdict = "deny srm-gateways"
)

// exposed is an object, as a flow mapping of YAML, with its verdict.
type exposed struct {
	what     string
	expected verdict
	manifest string
	// who makes the request: a user and its groups. None is an administrator of the cluster.
	who []string
}

func service(namespace, spec string) string {
	return `{apiVersion: v1, kind: Service, metadata: {name: tried, namespace: ` + namespace +
		`}, spec: {selector: {app: web}, ` + spec + `}}`
}

func exposedServices() []exposed {
	const (
		one   = `ports: [{name: web, port: 443}]`
		two   = `ports: [{name: web, port: 443}, {name: alt, port: 8443}]`
		given = `ports: [{name: web, port: 443, nodePort: 32443}]`
		mixed = `ports: [{name: web, port: 443, nodePort: 32443}, {name: dns, port: 53, protocol: UDP}]`
		class = `type: LoadBalancer, loadBalancerClass: metallb.universe.tf/metallb, `
		none  = `allocateLoadBalancerNodePorts: false, `
		outer = `externalIPs: [198.51.100.7], `
	)
	component := []string{"system:serviceaccount:kube-system:scaleway-csi", "system:serviceaccounts:kube-system",
		"scaleway:cluster-write"}
	rows := []exposed{
		{"a Service inside the cluster", allow, service("web", one), nil},
		{"ClusterIP, two ports", allow, service("web", `type: ClusterIP, `+two), nil},
		{"headless", allow, service("web", `clusterIP: None, `+one), nil},
		{"ExternalName", allow, `{apiVersion: v1, kind: Service, metadata: {name: tried, namespace: web}, ` +
			`spec: {type: ExternalName, externalName: db.example.org}}`, nil},
		{"no external addresses", allow, service("web", `externalIPs: [], `+one), nil},
		{"a class, without node ports", allow, service("web", class+none+one), nil},
		{"a class, without node ports, local traffic", allow, service("web",
			class+none+`externalTrafficPolicy: Local, `+one), nil},
		{"a class, without node ports, two ports", allow, service("data", class+none+two), nil},
		{"in the namespace of the guardrails", refusedPorts, service("srm-system", `type: NodePort, `+one), nil},
		{"NodePort in kube-system by an administrator", "deny srm-node-ports", service("kube-system",
			`type: NodePort, `+one), nil},
		{"NodePort in kube-system by a component", allow, service("kube-system", `type: NodePort, `+one), component},
		{"external addresses in kube-system by a component", allow, service("kube-system", outer+one), component},
		{"NodePort elsewhere by a component", refusedPorts, service("web", `type: NodePort, `+one), component},
		{"a Load Balancer in clear whose node ports are the CCM's", refusedLB, service("web",
			`type: LoadBalancer, `+one), nil},
	}
	annotated := func(spec string) string {
		return strings.Replace(service("web", spec), "namespace: web",
			"namespace: web, annotations: {"+lb+`certificate-ids: "`+certificate+`", `+
				lb+`protocol-http: "true", `+lb+`http-backend-tls: "true"}`, 1)
	}
	rows = append(rows,
		exposed{"a Load Balancer of the CCM needs its node ports", allow, annotated(`type: LoadBalancer, ` + one), nil},
		exposed{"a Load Balancer of the CCM, given node port", allow, annotated(`type: LoadBalancer, ` + given), nil},
		exposed{"a Load Balancer of the CCM, local traffic", allow, annotated(`type: LoadBalancer, ` +
			`externalTrafficPolicy: Local, ` + two), nil},
		exposed{"a Load Balancer of the CCM with external addresses", refusedPorts,
			annotated(`type: LoadBalancer, ` + outer + one), nil},
		exposed{"an annotation of the CCM on a NodePort", refusedPorts, annotated(`type: NodePort, ` + one), nil},
	)
	for _, ports := range []string{one, two, given, mixed} {
		for _, namespace := range []string{"web", "data"} {
			rows = append(rows,
				exposed{"NodePort, " + ports, refusedPorts, service(namespace, `type: NodePort, `+ports), nil},
				exposed{"a class with node ports, " + ports, refusedPorts, service(namespace, class+ports), nil},
			)
		}
		rows = append(rows,
			exposed{"NodePort, local traffic, " + ports, refusedPorts, service("web",
				`type: NodePort, externalTrafficPolicy: Local, `+ports), nil},
			exposed{"external addresses, " + ports, refusedPorts, service("web", outer+strings.ReplaceAll(ports,
				", nodePort: 32443", "")), nil},
		)
	}
	return append(rows,
		exposed{"a class, a node port in spite of allocateLoadBalancerNodePorts", refusedPorts, service("web",
			class+none+given), nil},
		exposed{"a class, node ports asked for", refusedPorts, service("web",
			class+`allocateLoadBalancerNodePorts: true, `+one), nil},
		exposed{"two external addresses", refusedPorts, service("web", `externalIPs: [10.0.0.7, "2001:db8::7"], `+
			``+one), nil},
		exposed{"a private external address", refusedPorts, service("web", `externalIPs: [10.0.0.7], `+one), nil},
		exposed{"NodePort without a selector", refusedPorts, `{apiVersion: v1, kind: Service, ` +
			`metadata: {name: tried, namespace: web}, spec: {type: NodePort, ports: [{port: 443}]}}`, nil},
		exposed{"an exemption for Load Balancers is none for node ports", refusedPorts, service("legacy",
			`type: NodePort, `+one), nil},
	)
}

// podSpecs are specs of pods with whether they open a port of their node.
func podSpecs() []struct {
	what, spec string
	opens      bool
} {
	container := func(ports string) string {
		return `{name: main, image: "registry.example.org/main:1.0", ports: [` + ports + `]}`
	}
	bare := `{name: main, image: "registry.example.org/main:1.0"}`
	side := func(ports string) string {
		return `{name: side, image: "registry.example.org/side:1.0", ports: [` + ports + `]}`
	}
	return []struct {
		what, spec string
		opens      bool
	}{
		{"no ports", `containers: [` + bare + `]`, false},
		{"a port of the container", `containers: [` + container(`{containerPort: 8080}`) + `]`, false},
		{"hostPort 0 is none", `containers: [` + container(`{containerPort: 8080, hostPort: 0}`) + `]`, false},
		{"the network of the node", `hostNetwork: true, containers: [` + container(`{containerPort: 9100}`) + `]`,
			false},
		{"the network of the node, with the port that it defaults to", `hostNetwork: true, containers: [` +
			container(`{containerPort: 9100, hostPort: 9100}`) + `]`, false},
		{"the network of the node, with an init container", `hostNetwork: true, initContainers: [` +
			side(`{containerPort: 9101}`) + `], containers: [` + bare + `]`, false},
		{"a port on a loopback address", `containers: [` + container(`{containerPort: 8080, hostPort: 8080, `+
			`hostIP: 127.0.0.1}`) + `]`, false},
		{"a port on another loopback address", `containers: [` + container(`{containerPort: 8080, hostPort: 8080, `+
			`hostIP: 127.0.0.53}`) + `]`, false},
		{"a port on the loopback address of IPv6", `containers: [` + container(`{containerPort: 8080, `+
			`hostPort: 8080, hostIP: "::1"}`) + `]`, false},
		{"a hostPort", `containers: [` + container(`{containerPort: 8080, hostPort: 8080}`) + `]`, true},
		{"another hostPort", `containers: [` + container(`{containerPort: 8080, hostPort: 443}`) + `]`, true},
		{"a hostPort of UDP", `containers: [` + container(`{containerPort: 5353, hostPort: 5353, protocol: UDP}`) +
			`]`, true},
		{"the second port", `containers: [` + container(`{containerPort: 8080}, {containerPort: 8443, `+
			`hostPort: 8443}`) + `]`, true},
		{"the second container", `containers: [` + bare + `, ` + side(`{containerPort: 8443, hostPort: 8443}`) +
			`]`, true},
		{"an init container", `initContainers: [` + side(`{containerPort: 8443, hostPort: 8443}`) +
			`], containers: [` + bare + `]`, true},
		{"a sidecar", `initContainers: [{name: side, image: "registry.example.org/side:1.0", restartPolicy: Always, ` +
			`ports: [{containerPort: 8443, hostPort: 8443}]}], containers: [` + bare + `]`, true},
		{"a hostPort on every address", `containers: [` + container(`{containerPort: 8080, hostPort: 8080, `+
			`hostIP: 0.0.0.0}`) + `]`, true},
		{"a hostPort on every address of IPv6", `containers: [` + container(`{containerPort: 8080, hostPort: 8080, `+
			`hostIP: "::"}`) + `]`, true},
		{"a hostPort on a private address", `containers: [` + container(`{containerPort: 8080, hostPort: 8080, `+
			`hostIP: 10.0.0.7}`) + `]`, true},
		{"one of two on a loopback address", `containers: [` + container(`{containerPort: 1, hostPort: 1001, `+
			`hostIP: 127.0.0.1}, {containerPort: 2, hostPort: 1002}`) + `]`, true},
		{"hostNetwork false", `hostNetwork: false, containers: [` + container(`{containerPort: 8080, `+
			`hostPort: 8080}`) + `]`, true},
		{"the processes of the node, not its network", `hostPID: true, containers: [` +
			container(`{containerPort: 8080, hostPort: 8080}`) + `]`, true},
	}
}

func exposedPods() []exposed {
	rows := []exposed{}
	for _, pod := range podSpecs() {
		expected, warned := allow, allow
		if pod.opens {
			expected, warned = refusedPorts, warnedTemplate
		}
		rows = append(rows,
			exposed{pod.what, expected, `{apiVersion: v1, kind: Pod, metadata: {name: tried, namespace: web}, ` +
				`spec: {` + pod.spec + `}}`, nil},
			exposed{pod.what + ", in kube-system", "warn srm-kube-system", `{apiVersion: v1, kind: Pod, ` +
				`metadata: {name: tried, namespace: kube-system}, spec: {` + pod.spec + `}}`, nil},
			exposed{pod.what + ", in a Deployment", warned, workload("apps/v1", "Deployment", ``, pod.spec), nil},
		)
	}
	opens, closed := podSpecs()[9].spec, podSpecs()[1].spec
	node := podSpecs()[4].spec
	for _, kind := range []struct{ version, kind, more string }{
		{"apps/v1", "DaemonSet", ``}, {"apps/v1", "ReplicaSet", ``}, {"apps/v1", "StatefulSet", `serviceName: web, `},
		{"v1", "ReplicationController", ``}, {"batch/v1", "Job", ``}, {"batch/v1", "CronJob", ``}, {"v1",
			"PodTemplate", ``},
	} {
		for spec, expected := range map[string]verdict{opens: warnedTemplate, closed: allow, node: allow} {
			rows = append(rows, exposed{kind.kind + " of " + spec, expected, workload(kind.version, kind.kind,
				kind.more, spec), nil})
		}
	}
	return rows
}

// workload is an object with a template of a pod.
func workload(version, kind, more, pod string) string {
	template := `template: {metadata: {labels: {app: web}}, spec: {` + pod + `}}`
	spec := `selector: {matchLabels: {app: web}}, ` + more + template
	switch kind {
	case "ReplicationController":
		spec = `selector: {app: web}, ` + template
	case "Job":
		spec = strings.Replace(template, "spec: {", "spec: {restartPolicy: Never, ", 1)
	case "CronJob":
		spec = `schedule: "0 4 * * *", jobTemplate: {spec: {` + strings.Replace(template, "spec: {",
			"spec: {restartPolicy: Never, ", 1) + `}}`
	case "PodTemplate":
		return `{apiVersion: ` + version + `, kind: ` + kind + `, metadata: {name: tried, namespace: web}, ` +
			template + `}`
	}
	return `{apiVersion: ` + version + `, kind: ` + kind + `, metadata: {name: tried, namespace: web}, spec: {` +
		spec + `}}`
}

func exposedListeners() []exposed {
	const terminate = `tls: {mode: Terminate, certificateRefs: [{name: app-tls}]}`
	rows := []exposed{}
	listeners := []struct {
		what, listeners string
		// anywhere and edge are the verdicts in a namespace that is not in http_redirect, and in one that is.
		anywhere, edge verdict
	}{
		{"no listeners", ``, allow, allow},
		{"HTTPS", `{name: https, port: 443, protocol: HTTPS, ` + terminate + `}`, allow, allow},
		{"HTTPS on another port", `{name: https, port: 8443, protocol: HTTPS, ` + terminate + `}`, allow, allow},
		{"TLS that is terminated", `{name: tls, port: 6379, protocol: TLS, ` + terminate + `}`, allow, allow},
		{"TLS that is passed through", `{name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}`, allow, allow},
		{"HTTP on port 80", `{name: http, port: 80, protocol: HTTP}`, refusedListeners, allow},
		{"HTTP on port 80 of a host", `{name: http, port: 80, protocol: HTTP, hostname: app.example.org}`,
			refusedListeners, allow},
		{"the normal form", `{name: http, port: 80, protocol: HTTP}, {name: https, port: 443, protocol: HTTPS, ` +
			terminate + `}`, refusedListeners, allow},
		{"HTTP for routes of every namespace", `{name: http, port: 80, protocol: HTTP, ` +
			`allowedRoutes: {namespaces: {from: All}}}`, refusedListeners, allow},
		{"HTTP on port 8000, as in the chart of Traefik", `{name: web, port: 8000, protocol: HTTP}`, refusedListeners, allow},
		{"HTTP on port 8080", `{name: http, port: 8080, protocol: HTTP}`, refusedListeners, refusedListeners},
		{"HTTP on port 443", `{name: http, port: 443, protocol: HTTP}`, refusedListeners, refusedListeners},
		{"HTTP without a port", `{name: http, protocol: HTTP}`, refusedListeners, refusedListeners},
		{"HTTP on ports 80 and 8080", `{name: http, port: 80, protocol: HTTP}, {name: alt, port: 8080, ` +
			`protocol: HTTP}`, refusedListeners, refusedListeners},
		{"TCP on port 80", `{name: tcp, port: 80, protocol: TCP}`, refusedListeners, refusedListeners},
		{"TCP", `{name: tcp, port: 5432, protocol: TCP}`, refusedListeners, refusedListeners},
		{"UDP", `{name: udp, port: 53, protocol: UDP}`, refusedListeners, refusedListeners},
		{"a protocol in small letters", `{name: http, port: 80, protocol: http}`, refusedListeners, refusedListeners},
		{"a protocol of an implementation", `{name: own, port: 80, protocol: example.com/own}`, refusedListeners,
			refusedListeners},
		{"no protocol", `{name: none, port: 80}`, refusedListeners, refusedListeners},
		{"HTTPS beside TCP", `{name: https, port: 443, protocol: HTTPS, ` + terminate +
			`}, {name: tcp, port: 5432, protocol: TCP}`, refusedListeners, refusedListeners},
	}
	for _, kind := range []struct{ version, kind, spec string }{
		{"gateway.networking.k8s.io/v1", "Gateway", `gatewayClassName: cilium`},
		{"gateway.networking.k8s.io/v1beta1", "Gateway", `gatewayClassName: cilium`},
		{"gateway.networking.k8s.io/v1", "ListenerSet", `parentRef: {name: shared, namespace: edge}`},
		{"gateway.networking.x-k8s.io/v1alpha1", "XListenerSet", `parentRef: {name: shared, namespace: edge}`},
	} {
		for _, l := range listeners {
			for namespace, expected := range map[string]verdict{"web": l.anywhere, "edge": l.edge} {
				spec := kind.spec
				if l.listeners != "" {
					spec += `, listeners: [` + l.listeners + `]`
				}
				rows = append(rows, exposed{l.what, expected, `{apiVersion: ` + kind.version + `, kind: ` + kind.kind +
					`, metadata: {name: tried, namespace: ` + namespace + `}, spec: {` + spec + `}}`, nil})
			}
		}
	}
	return rows
}

// ingress is an Ingress of two hosts; more are fields of its metadata.
func ingress(more, spec string) string {
	return `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: tried, namespace: web` + more +
		`}, spec: {` + spec + `}}`
}

const webPaths = `http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}`

func exposedIngresses() []exposed {
	const (
		rule      = `rules: [{host: app.example.org, ` + webPaths + `}]`
		both      = `rules: [{host: app.example.org, ` + webPaths + `}, {host: api.example.org, ` + webPaths + `}]`
		bare      = `tls: [{hosts: [app.example.org]}]`
		secret    = `tls: [{hosts: [app.example.org], secretName: app-tls}]`
		blank     = `tls: [{hosts: [app.example.org], secretName: ""}]`
		wild      = `tls: [{hosts: ["*.example.org"]}]`
		half      = `tls: [{hosts: [app.example.org], secretName: app-tls}, {hosts: [api.example.org]}]`
		usual     = `ingressClassName: nginx, `
		listed    = `ingressClassName: default-certificate, `
		older     = `, annotations: {kubernetes.io/ingress.class: default-certificate}`
		olderElse = `, annotations: {kubernetes.io/ingress.class: nginx}`
		minion    = `, annotations: {nginx.org/mergeable-ingress-type: minion}`
		master    = `, annotations: {nginx.org/mergeable-ingress-type: master}`
	)
	return []exposed{
		{"a certificate of its own", allow, ingress("", usual+rule+`, `+secret), nil},
		{"a certificate without hosts", refusedIngress, ingress("", usual+rule+`, tls: [{secretName: app-tls}]`), nil},
		{"the default certificate of a class without hosts", refusedIngress, ingress("", listed+rule+`, tls: [{}]`), nil},
		{"a certificate without hosts beside one with them", allow,
			ingress("", usual+rule+`, tls: [{secretName: other-tls}, {hosts: [app.example.org], secretName: app-tls}]`), nil},
		{"a certificate of its own, without a class", allow, ingress("", rule+`, `+secret), nil},
		{"the default certificate of a class", allow, ingress("", listed+rule+`, `+bare), nil},
		{"the default certificate of a class, empty name", allow, ingress("", listed+rule+`, `+blank), nil},
		{"the default certificate of a class by the annotation", allow, ingress(older, rule+`, `+bare), nil},
		{"the default certificate of a class for a wildcard", allow, ingress("", listed+both+`, `+wild), nil},
		{"one certificate and the default one", allow, ingress("", listed+both+`, `+half), nil},
		{"a certificate of its own in such a class", allow, ingress("", listed+rule+`, `+secret), nil},
		{"no certificate name in another class", refusedIngress, ingress("", usual+rule+`, `+bare), nil},
		{"an empty certificate name in another class", refusedIngress, ingress("", usual+rule+`, `+blank), nil},
		{"no certificate name without a class", refusedIngress, ingress("", rule+`, `+bare), nil},
		{"no certificate name in another class by the annotation", refusedIngress, ingress(olderElse,
			rule+`, `+bare), nil},
		{"no certificate name for a wildcard", refusedIngress, ingress("", usual+both+`, `+wild), nil},
		{"one of two without a certificate name", refusedIngress, ingress("", usual+both+`, `+half), nil},
		{"such a class without TLS", refusedIngress, ingress("", listed+rule), nil},
		{"such a class, a host that TLS does not list", refusedIngress, ingress("", listed+both+`, `+bare), nil},
		{"such a class, TLS without hosts", refusedIngress, ingress("", listed+rule+`, tls: [{}]`), nil},
		{"such a class, a default backend", refusedIngress, ingress("", listed+rule+`, `+bare+`, `+
			`defaultBackend: {service: {name: web, port: {number: 80}}}`), nil},
		{"such a class in capitals is another", refusedIngress, ingress("", strings.ReplaceAll(listed,
			"default-certificate", "default-certificates")+rule+`, `+bare), nil},
		{"a master of minions", allow, ingress(master, usual+`rules: [{host: app.example.org}], `+secret), nil},
		{"a master without TLS", refusedIngress, ingress(master, usual+`rules: [{host: app.example.org}]`), nil},
		{"a minion, whose master is not seen", refusedIngress, ingress(minion, usual+rule), nil},
		{"a minion of a class with a default certificate", refusedIngress, ingress(minion, listed+rule), nil},
		{"a minion with TLS of its own", allow, ingress(minion, usual+rule+`, `+secret), nil},
	}
}

// TestExposure tries what the policies on node ports, Ingresses and Gateways judge.
func TestExposure(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.as(t, nil)
	createNamespaces(t, client, "web", "data", "edge", "legacy")
	installGateways(t, client)
	guard(t, server)
	table := table{}
	t.Log("object | policy | expected | actual | reason")
	for _, e := range slices.Concat(exposedServices(), exposedPods(), exposedListeners(), exposedIngresses()) {
		object := parse(t, e.manifest)
		table.row(t, object, title(object)+": "+e.what, policyFor("", object), e.expected, cluster.try(t, e.who,
			object), e.manifest)
	}
	table.summary(t)
	if table.rows < 300 {
		t.Errorf("only %d objects were tried", table.rows)
	}
}

// TestRedirectAnnotations tries each spelling of the annotations that switch redirects off, on an Ingress with TLS
// and on one of a class with a default certificate. The expected verdicts are checked against the controllers'
// rules.
func TestRedirectAnnotations(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	createNamespaces(t, cluster.as(t, nil), "web")
	guard(t, server)
	table := table{}
	t.Log("annotations | policy | expected | actual | reason")
	for _, s := range redirectSpellings() {
		for _, value := range s.values {
			annotations := map[string]string{s.annotation: value}
			for i := 0; i+1 < len(s.others); i += 2 {
				annotations[s.others[i]] = s.others[i+1]
			}
			expected := allow
			if servesPlaintext(annotations) {
				expected = refusedIngress
			}
			if expected != s.expected {
				t.Errorf("the table has %q of %v, by the controllers' rules it is %q", s.expected, annotations,
					expected)
			}
			object := parse(t, ingress("", `ingressClassName: any, rules: [{host: app.example.org, `+webPaths+`}], `+
				`tls: [{hosts: [app.example.org], secretName: app-tls}]`))
			object.SetAnnotations(annotations)
			table.row(t, object, fmt.Sprint(annotations), guardrails.Ingresses, s.expected, cluster.try(t, nil,
				object), s.controller)
		}
	}
	table.summary(t)
	if table.rows < 150 {
		t.Errorf("only %d annotations were tried", table.rows)
	}
}
