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
	refusedPorts     decision = "deny srm-node-ports"
	warnedTemplate   decision = "warn srm-host-port-templates"
	refusedIngress   decision = "deny srm-ingresses"
	refusedListeners decision = "deny srm-gateways"
)

// exposureCase is an object, as YAML in flow style, with the expected decision.
type exposureCase struct {
	what     string
	expected decision
	manifest string
	// user is the name and the groups of the user that sends the request. If empty, an administrator of the cluster
	// sends it.
	user []string
}

// service returns the manifest of a Service.
func service(namespace, spec string) string {
	return `{apiVersion: v1, kind: Service, metadata: {name: tested, namespace: ` + namespace +
		`}, spec: {selector: {app: web}, ` + spec + `}}`
}

func exposedServices() []exposureCase {
	const (
		one   = `ports: [{name: web, port: 443}]`
		two   = `ports: [{name: web, port: 443}, {name: alt, port: 8443}]`
		fixed = `ports: [{name: web, port: 443, nodePort: 32443}]`
		mixed = `ports: [{name: web, port: 443, nodePort: 32443}, {name: dns, port: 53, protocol: UDP}]`
		class = `type: LoadBalancer, loadBalancerClass: metallb.universe.tf/metallb, `
		none  = `allocateLoadBalancerNodePorts: false, `
		outer = `externalIPs: [198.51.100.7], `
	)
	component := []string{"system:serviceaccount:kube-system:scaleway-csi", "system:serviceaccounts:kube-system",
		"scaleway:cluster-write"}
	rows := []exposureCase{
		{"no type", allow, service("web", one), nil},
		{"ClusterIP with two ports", allow, service("web", `type: ClusterIP, `+two), nil},
		{"headless", allow, service("web", `clusterIP: None, `+one), nil},
		{"ExternalName", allow, `{apiVersion: v1, kind: Service, metadata: {name: tested, namespace: web}, ` +
			`spec: {type: ExternalName, externalName: db.example.org}}`, nil},
		{"empty externalIPs", allow, service("web", `externalIPs: [], `+one), nil},
		{"loadBalancerClass without node ports", allow, service("web", class+none+one), nil},
		{"loadBalancerClass without node ports, local traffic policy", allow, service("web",
			class+none+`externalTrafficPolicy: Local, `+one), nil},
		{"loadBalancerClass without node ports, two ports", allow, service("data", class+none+two), nil},
		{
			"NodePort in the namespace of the guardrails", refusedPorts, service(
				"srm-system", `type: NodePort, `+one,
			), nil,
		},
		{"NodePort in kube-system by an administrator", "deny srm-node-ports", service("kube-system",
			`type: NodePort, `+one), nil},
		{"NodePort in kube-system by a component", allow, service("kube-system", `type: NodePort, `+one), component},
		{"externalIPs in kube-system by a component", allow, service("kube-system", outer+one), component},
		{
			"NodePort in another namespace by a component", refusedPorts, service(
				"web", `type: NodePort, `+one,
			), component,
		},
		{"plaintext Load Balancer of the CCM", refusedLB, service("web",
			`type: LoadBalancer, `+one), nil},
	}
	annotated := func(spec string) string {
		return strings.Replace(service("web", spec), "namespace: web",
			"namespace: web, annotations: {"+lbPrefix+`certificate-ids: "`+certificate+`", `+
				lbPrefix+`protocol-http: "true", `+lbPrefix+`http-backend-tls: "true"}`, 1)
	}
	rows = append(
		rows,
		exposureCase{"Load Balancer of the CCM with node ports", allow, annotated(`type: LoadBalancer, ` + one), nil},
		exposureCase{
			"Load Balancer of the CCM with a fixed node port",
			allow,
			annotated(`type: LoadBalancer, ` + fixed),
			nil,
		},
		exposureCase{"Load Balancer of the CCM, local traffic policy", allow, annotated(`type: LoadBalancer, ` +
			`externalTrafficPolicy: Local, ` + two), nil},
		exposureCase{"Load Balancer of the CCM with externalIPs", refusedPorts,
			annotated(`type: LoadBalancer, ` + outer + one), nil},
		exposureCase{"NodePort with annotations of the CCM", refusedPorts, annotated(`type: NodePort, ` + one), nil},
	)
	for _, ports := range []string{one, two, fixed, mixed} {
		for _, namespace := range []string{"web", "data"} {
			rows = append(rows,
				exposureCase{"NodePort, " + ports, refusedPorts, service(namespace, `type: NodePort, `+ports), nil},
				exposureCase{
					"loadBalancerClass with node ports, " + ports, refusedPorts, service(namespace, class+ports), nil,
				},
			)
		}
		rows = append(rows,
			exposureCase{"NodePort, local traffic policy, " + ports, refusedPorts, service("web",
				`type: NodePort, externalTrafficPolicy: Local, `+ports), nil},
			exposureCase{"externalIPs, " + ports, refusedPorts, service("web", outer+strings.ReplaceAll(ports,
				", nodePort: 32443", "")), nil},
		)
	}
	return append(
		rows,
		exposureCase{
			"loadBalancerClass with a fixed node port in spite of allocateLoadBalancerNodePorts",
			refusedPorts,
			service("web",
				class+none+fixed),
			nil,
		},
		exposureCase{"loadBalancerClass with allocateLoadBalancerNodePorts", refusedPorts, service("web",
			class+`allocateLoadBalancerNodePorts: true, `+one), nil},
		exposureCase{"two externalIPs", refusedPorts, service("web", `externalIPs: [10.0.0.7, "2001:db8::7"], `+
			one), nil},
		exposureCase{"private externalIP", refusedPorts, service("web", `externalIPs: [10.0.0.7], `+one), nil},
		exposureCase{"NodePort without a selector", refusedPorts, `{apiVersion: v1, kind: Service, ` +
			`metadata: {name: tested, namespace: web}, spec: {type: NodePort, ports: [{port: 443}]}}`, nil},
		exposureCase{"NodePort in a namespace that is exempt for Load Balancers", refusedPorts, service("legacy",
			`type: NodePort, `+one), nil},
	)
}

// podSpecs returns pod specs, and whether they open a port of their node.
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
		{"containerPort", `containers: [` + container(`{containerPort: 8080}`) + `]`, false},
		{"hostPort 0", `containers: [` + container(`{containerPort: 8080, hostPort: 0}`) + `]`, false},
		{"host network", `hostNetwork: true, containers: [` + container(`{containerPort: 9100}`) + `]`,
			false},
		{"host network with the default hostPort", `hostNetwork: true, containers: [` +
			container(`{containerPort: 9100, hostPort: 9100}`) + `]`, false},
		{"host network with an init container", `hostNetwork: true, initContainers: [` +
			side(`{containerPort: 9101}`) + `], containers: [` + bare + `]`, false},
		{"hostPort on a loopback address", `containers: [` + container(`{containerPort: 8080, hostPort: 8080, `+
			`hostIP: 127.0.0.1}`) + `]`, false},
		{"hostPort on another loopback address", `containers: [` + container(`{containerPort: 8080, hostPort: 8080, `+
			`hostIP: 127.0.0.53}`) + `]`, false},
		{"hostPort on the IPv6 loopback address", `containers: [` + container(`{containerPort: 8080, `+
			`hostPort: 8080, hostIP: "::1"}`) + `]`, false},
		{"hostPort", `containers: [` + container(`{containerPort: 8080, hostPort: 8080}`) + `]`, true},
		{
			"hostPort other than the containerPort",
			`containers: [` + container(`{containerPort: 8080, hostPort: 443}`) + `]`,
			true,
		},
		{"UDP hostPort", `containers: [` + container(`{containerPort: 5353, hostPort: 5353, protocol: UDP}`) +
			`]`, true},
		{"hostPort of the second port", `containers: [` + container(`{containerPort: 8080}, {containerPort: 8443, `+
			`hostPort: 8443}`) + `]`, true},
		{"hostPort of the second container", `containers: [` + bare + `, ` + side(
			`{containerPort: 8443, hostPort: 8443}`,
		) +
			`]`, true},
		{"hostPort of an init container", `initContainers: [` + side(`{containerPort: 8443, hostPort: 8443}`) +
			`], containers: [` + bare + `]`, true},
		{
			"hostPort of a sidecar",
			`initContainers: [{name: side, image: "registry.example.org/side:1.0", restartPolicy: Always, ` +
				`ports: [{containerPort: 8443, hostPort: 8443}]}], containers: [` + bare + `]`,
			true,
		},
		{"hostPort on all addresses", `containers: [` + container(`{containerPort: 8080, hostPort: 8080, `+
			`hostIP: 0.0.0.0}`) + `]`, true},
		{"hostPort on all IPv6 addresses", `containers: [` + container(`{containerPort: 8080, hostPort: 8080, `+
			`hostIP: "::"}`) + `]`, true},
		{"hostPort on a private address", `containers: [` + container(`{containerPort: 8080, hostPort: 8080, `+
			`hostIP: 10.0.0.7}`) + `]`, true},
		{"two hostPorts, one on a loopback address", `containers: [` + container(`{containerPort: 1, hostPort: 1001, `+
			`hostIP: 127.0.0.1}, {containerPort: 2, hostPort: 1002}`) + `]`, true},
		{"hostPort with hostNetwork: false", `hostNetwork: false, containers: [` + container(`{containerPort: 8080, `+
			`hostPort: 8080}`) + `]`, true},
		{"hostPort with hostPID", `hostPID: true, containers: [` +
			container(`{containerPort: 8080, hostPort: 8080}`) + `]`, true},
	}
}

func exposedPods() []exposureCase {
	rows := []exposureCase{}
	for _, pod := range podSpecs() {
		podDecision, templateDecision := allow, allow
		if pod.opens {
			podDecision, templateDecision = refusedPorts, warnedTemplate
		}
		rows = append(rows,
			exposureCase{pod.what, podDecision, `{apiVersion: v1, kind: Pod, metadata: {name: tested, namespace: ` +
				`web}, ` +
				`spec: {` + pod.spec + `}}`, nil},
			exposureCase{pod.what + ", in kube-system", "warn srm-kube-system", `{apiVersion: v1, kind: Pod, ` +
				`metadata: {name: tested, namespace: kube-system}, spec: {` + pod.spec + `}}`, nil},
			exposureCase{
				pod.what + ", in a Deployment", templateDecision, workload("apps/v1", "Deployment", ``, pod.spec), nil,
			},
		)
	}
	withHostPort, withoutHostPort := podSpecs()[9].spec, podSpecs()[1].spec
	withHostNetwork := podSpecs()[4].spec
	for _, kind := range []struct{ version, kind, extra string }{
		{"apps/v1", "DaemonSet", ``}, {"apps/v1", "ReplicaSet", ``}, {"apps/v1", "StatefulSet", `serviceName: web, `},
		{"v1", "ReplicationController", ``}, {"batch/v1", "Job", ``}, {"batch/v1", "CronJob", ``}, {"v1",
			"PodTemplate", ``},
	} {
		for spec, expected := range map[string]decision{
			withHostPort: warnedTemplate, withoutHostPort: allow, withHostNetwork: allow,
		} {
			rows = append(rows, exposureCase{kind.kind + " with " + spec, expected, workload(kind.version, kind.kind,
				kind.extra, spec), nil})
		}
	}
	return rows
}

// workload returns the manifest of an object with a pod template. extra are fields of its spec.
func workload(version, kind, extra, pod string) string {
	template := `template: {metadata: {labels: {app: web}}, spec: {` + pod + `}}`
	spec := `selector: {matchLabels: {app: web}}, ` + extra + template
	switch kind {
	case "ReplicationController":
		spec = `selector: {app: web}, ` + template
	case "Job":
		spec = strings.Replace(template, "spec: {", "spec: {restartPolicy: Never, ", 1)
	case "CronJob":
		spec = `schedule: "0 4 * * *", jobTemplate: {spec: {` + strings.Replace(template, "spec: {",
			"spec: {restartPolicy: Never, ", 1) + `}}`
	case "PodTemplate":
		return `{apiVersion: ` + version + `, kind: ` + kind + `, metadata: {name: tested, namespace: web}, ` +
			template + `}`
	}
	return `{apiVersion: ` + version + `, kind: ` + kind + `, metadata: {name: tested, namespace: web}, spec: {` +
		spec + `}}`
}

func exposedListeners() []exposureCase {
	const terminate = `tls: {mode: Terminate, certificateRefs: [{name: app-tls}]}`
	rows := []exposureCase{}
	listeners := []struct {
		what, listeners string
		// unlisted and listed are the decisions in a namespace that is not in http_redirect, and in one that is.
		unlisted, listed decision
	}{
		{"no listeners", ``, allow, allow},
		{"HTTPS", `{name: https, port: 443, protocol: HTTPS, ` + terminate + `}`, allow, allow},
		{"HTTPS on another port", `{name: https, port: 8443, protocol: HTTPS, ` + terminate + `}`, allow, allow},
		{"terminated TLS", `{name: tls, port: 6379, protocol: TLS, ` + terminate + `}`, allow, allow},
		{"TLS passthrough", `{name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}`, allow, allow},
		{"HTTP on port 80", `{name: http, port: 80, protocol: HTTP}`, refusedListeners, allow},
		{"HTTP on port 80 with a hostname", `{name: http, port: 80, protocol: HTTP, hostname: app.example.org}`,
			refusedListeners, allow},
		{"HTTP on port 80 and HTTPS", `{name: http, port: 80, protocol: HTTP}, {name: https, port: 443, protocol: ` +
			`HTTPS, ` +
			terminate + `}`, refusedListeners, allow},
		{"HTTP on port 80 with routes from all namespaces", `{name: http, port: 80, protocol: HTTP, ` +
			`allowedRoutes: {namespaces: {from: All}}}`, refusedListeners, allow},
		{
			"HTTP on port 8000, as in the chart of Traefik", `{name: web, port: 8000, protocol: HTTP}`,
			refusedListeners, allow,
		},
		{"HTTP on port 8080", `{name: http, port: 8080, protocol: HTTP}`, refusedListeners, refusedListeners},
		{"HTTP on port 443", `{name: http, port: 443, protocol: HTTP}`, refusedListeners, refusedListeners},
		{"HTTP without a port", `{name: http, protocol: HTTP}`, refusedListeners, refusedListeners},
		{"HTTP on ports 80 and 8080", `{name: http, port: 80, protocol: HTTP}, {name: alt, port: 8080, ` +
			`protocol: HTTP}`, refusedListeners, refusedListeners},
		{"TCP on port 80", `{name: tcp, port: 80, protocol: TCP}`, refusedListeners, refusedListeners},
		{"TCP", `{name: tcp, port: 5432, protocol: TCP}`, refusedListeners, refusedListeners},
		{"UDP", `{name: udp, port: 53, protocol: UDP}`, refusedListeners, refusedListeners},
		{"protocol in lower case", `{name: http, port: 80, protocol: http}`, refusedListeners, refusedListeners},
		{"implementation-specific protocol", `{name: own, port: 80, protocol: example.com/own}`, refusedListeners,
			refusedListeners},
		{"no protocol", `{name: none, port: 80}`, refusedListeners, refusedListeners},
		{"HTTPS and TCP", `{name: https, port: 443, protocol: HTTPS, ` + terminate +
			`}, {name: tcp, port: 5432, protocol: TCP}`, refusedListeners, refusedListeners},
	}
	for _, kind := range []struct{ version, kind, spec string }{
		{"gateway.networking.k8s.io/v1", "Gateway", `gatewayClassName: cilium`},
		{"gateway.networking.k8s.io/v1beta1", "Gateway", `gatewayClassName: cilium`},
		{"gateway.networking.k8s.io/v1", "ListenerSet", `parentRef: {name: shared, namespace: edge}`},
		{"gateway.networking.x-k8s.io/v1alpha1", "XListenerSet", `parentRef: {name: shared, namespace: edge}`},
	} {
		for _, l := range listeners {
			for namespace, expected := range map[string]decision{"web": l.unlisted, "edge": l.listed} {
				spec := kind.spec
				if l.listeners != "" {
					spec += `, listeners: [` + l.listeners + `]`
				}
				rows = append(rows, exposureCase{l.what, expected,
					`{apiVersion: ` + kind.version + `, kind: ` + kind.kind +
						`, metadata: {name: tested, namespace: ` + namespace + `}, spec: {` + spec + `}}`, nil})
			}
		}
	}
	return rows
}

// ingress returns the manifest of an Ingress. metadata are additional fields of its metadata.
func ingress(metadata, spec string) string {
	return `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: tested, namespace: web` + metadata +
		`}, spec: {` + spec + `}}`
}

const webPaths = `http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}`

func exposedIngresses() []exposureCase {
	const (
		one       = `rules: [{host: app.example.org, ` + webPaths + `}]`
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
	return []exposureCase{
		{"secretName", allow, ingress("", usual+one+`, `+secret), nil},
		{"secretName without hosts", refusedIngress, ingress("", usual+one+`, tls: [{secretName: app-tls}]`), nil},
		{"default certificate without hosts", refusedIngress, ingress("", listed+one+`, tls: [{}]`), nil},
		{"secretName without hosts and secretName with hosts", allow,
			ingress(
				"", usual+one+`, tls: [{secretName: other-tls}, {hosts: [app.example.org], secretName: app-tls}]`,
			), nil},
		{"secretName without a class", allow, ingress("", one+`, `+secret), nil},
		{"default certificate", allow, ingress("", listed+one+`, `+bare), nil},
		{"default certificate, empty secretName", allow, ingress("", listed+one+`, `+blank), nil},
		{"default certificate, class in the annotation", allow, ingress(older, one+`, `+bare), nil},
		{"default certificate for a wildcard", allow, ingress("", listed+both+`, `+wild), nil},
		{"secretName and default certificate", allow, ingress("", listed+both+`, `+half), nil},
		{"secretName in a class with a default certificate", allow, ingress("", listed+one+`, `+secret), nil},
		{"no secretName in another class", refusedIngress, ingress("", usual+one+`, `+bare), nil},
		{"empty secretName in another class", refusedIngress, ingress("", usual+one+`, `+blank), nil},
		{"no secretName and no class", refusedIngress, ingress("", one+`, `+bare), nil},
		{"no secretName in another class, class in the annotation", refusedIngress, ingress(olderElse,
			one+`, `+bare), nil},
		{"no secretName for a wildcard", refusedIngress, ingress("", usual+both+`, `+wild), nil},
		{"no secretName for one of two hosts", refusedIngress, ingress("", usual+both+`, `+half), nil},
		{"class with a default certificate, no TLS", refusedIngress, ingress("", listed+one), nil},
		{"class with a default certificate, host not in TLS", refusedIngress, ingress("", listed+both+`, `+bare), nil},
		{
			"class with a default certificate, TLS without hosts", refusedIngress, ingress(
				"", listed+one+`, tls: [{}]`,
			), nil,
		},
		{"class with a default certificate, default backend", refusedIngress, ingress("", listed+one+`, `+bare+`, `+
			`defaultBackend: {service: {name: web, port: {number: 80}}}`), nil},
		{"class with a similar name", refusedIngress, ingress("", strings.ReplaceAll(listed,
			"default-certificate", "default-certificates")+one+`, `+bare), nil},
		{"mergeable master", allow, ingress(master, usual+`rules: [{host: app.example.org}], `+secret), nil},
		{
			"mergeable master without TLS", refusedIngress, ingress(
				master, usual+`rules: [{host: app.example.org}]`,
			), nil,
		},
		{"mergeable minion", refusedIngress, ingress(minion, usual+one), nil},
		{"mergeable minion of a class with a default certificate", refusedIngress, ingress(minion, listed+one), nil},
		{"mergeable minion with TLS", allow, ingress(minion, usual+one+`, `+secret), nil},
	}
}

// TestExposure tests the policies on node ports, Ingresses and Gateways.
func TestExposure(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "web", "data", "edge", "legacy")
	installGateways(t, client)
	applyGuardrails(t, server)
	table := table{}
	t.Log("object | policy | expected | actual | reason")
	for _, e := range slices.Concat(exposedServices(), exposedPods(), exposedListeners(), exposedIngresses()) {
		object := parse(t, e.manifest)
		table.row(t, object, title(object)+": "+e.what, testedPolicy("", object), e.expected, cluster.dryRunCreate(t,
			e.user,
			object), e.manifest)
	}
	table.summary(t)
	if table.rows < 300 {
		t.Errorf("only %d objects were tested", table.rows)
	}
}

// TestRedirectAnnotations tests each spelling of the annotations that disable redirects. It also checks the expected
// decisions against the rules of the controllers.
func TestRedirectAnnotations(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	createNamespaces(t, cluster.clientFor(t, nil), "web")
	applyGuardrails(t, server)
	table := table{}
	t.Log("annotations | policy | expected | actual | reason")
	for _, s := range redirectSpellings() {
		for _, value := range s.values {
			annotations := map[string]string{s.annotation: value}
			for i := 0; i+1 < len(s.otherAnnotations); i += 2 {
				annotations[s.otherAnnotations[i]] = s.otherAnnotations[i+1]
			}
			want := allow
			if servesPlaintext(annotations) {
				want = refusedIngress
			}
			if want != s.expected {
				t.Errorf("WRONG ROW %v: the table expects %q, the rules of the controllers %q", annotations, s.expected,
					want)
			}
			object := parse(t, ingress("", `ingressClassName: any, rules: [{host: app.example.org, `+webPaths+`}], `+
				`tls: [{hosts: [app.example.org], secretName: app-tls}]`))
			object.SetAnnotations(annotations)
			table.row(t, object, fmt.Sprint(annotations), guardrails.Ingresses, s.expected, cluster.dryRunCreate(t, nil,
				object), s.controller)
		}
	}
	table.summary(t)
	if table.rows < 150 {
		t.Errorf("only %d annotations were tested", table.rows)
	}
}
