package assessment

import (
	"testing"
	"time"
)

// kubernetesService is a Service that every cluster has.
func kubernetesService() Service {
	return Service{Namespace: "default", Name: "kubernetes", Type: "ClusterIP"}
}

func TestNodePortExposure(t *testing.T) {
	t.Parallel()
	base := func() Facts {
		f := newFacts()
		f.Pools = Read("GET pools", []Pool{{ID: "p", Size: 1, Status: "ready", PublicIPDisabled: ptr(true)}})
		f.Nodes = Read("GET nodes", []Node{{ID: "n", PoolID: "p", PublicIPv4: ptr(""), PublicIPv6: ptr("")}})
		f.InCluster.Services = Read("list services", []Service{
			kubernetesService(),
			{
				Namespace:      "edge",
				Name:           "lb",
				Type:           "LoadBalancer",
				NodePorts:      []int{30443},
				LoadBalancerID: "fr-par-1/l",
			},
		})
		f.InCluster.Workloads = Read("workload templates", []Workload{
			{Kind: "Deployment", Namespace: "records", Name: "web"},
			{Kind: "DaemonSet", Namespace: "kube-system", Name: "cilium", HostNetwork: true, FromScaleway: true},
		})
		return f
	}
	nodePort := func(f *Facts, _ *Options) {
		f.InCluster.Services.Items[1] = Service{
			Namespace: "edge", Name: "np", Type: "NodePort", NodePorts: []int{30443, 30080},
		}
	}
	hostPort := func(f *Facts, _ *Options) { f.InCluster.Workloads.Items[0].HostPorts = []int{80} }
	public := func(change func(*Facts, *Options)) func(*Facts, *Options) {
		return func(f *Facts, o *Options) {
			change(f, o)
			f.Nodes.Items[0].PublicIPv4 = ptr("51.15.0.1")
		}
	}
	for _, c := range []inClusterCase{
		{name: "none", change: func(*Facts, *Options) {}, want: Pass, found: "3 of 3"},
		{name: "none on public nodes", change: public(func(*Facts, *Options) {}), want: Pass},
		{
			name: "none on unknown nodes", want: Pass,
			change: func(f *Facts, _ *Options) { f.Nodes, f.Pools = Collection[Node]{}, Collection[Pool]{} },
		},
		{name: "node port on private nodes", change: nodePort, want: Pass, found: "opens node ports"},
		{
			name: "node port on public nodes", change: public(nodePort), want: Fail, severity: High,
			subjects: []string{"Service/edge/np"},
		},
		{
			name: "node port, one pool public without nodes", want: Fail, severity: High,
			change: func(f *Facts, o *Options) {
				nodePort(f, o)
				f.Pools.Items = append(f.Pools.Items, Pool{ID: "q", PublicIPDisabled: ptr(false)})
			},
		},
		{
			name: "node port, public IPv6", want: Fail, severity: High,
			change: func(f *Facts, o *Options) { nodePort(f, o); f.Nodes.Items[0].PublicIPv6 = ptr("2001:db8::1") },
		},
		{
			name: "node port, address unread", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, o *Options) { nodePort(f, o); f.Nodes.Items[0].PublicIPv6 = nil },
		},
		{
			name: "node port, nodes unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, o *Options) { nodePort(f, o); f.Nodes = Unread[Node]("", Gap{Reason: Forbidden}) },
		},
		{
			name: "node port, expected", want: Pass, found: "expected_node_ports",
			change: public(func(f *Facts, o *Options) {
				nodePort(f, o)
				o.Inputs.ExpectedNodePorts = map[string]Acceptance{"Service/edge/np": {Reason: "agreed"}}
			}),
		},
		{name: "host port on private nodes", change: hostPort, want: Pass},
		{
			name: "host port on public nodes", change: public(hostPort), want: Fail, severity: High,
			subjects: []string{"Deployment/records/web"},
		},
		{
			name: "load balancer of another class", want: Fail, severity: High, subjects: []string{"Service/edge/lb"},
			change: public(func(f *Facts, _ *Options) {
				f.InCluster.Services.Items[1].IsForeignClass = true
				f.InCluster.Services.Items[1].LoadBalancerID = ""
			}),
		},
		{
			name: "external IPs on private nodes", want: Fail, severity: High,
			subjects: []string{"Service/default/kubernetes"},
			change:   func(f *Facts, _ *Options) { f.InCluster.Services.Items[0].ExternalIPs = []string{"51.15.0.9"} },
		},
		{
			name: "host network on private nodes", want: Pass, found: "uses the network",
			change: func(f *Facts, _ *Options) { f.InCluster.Workloads.Items[0].HostNetwork = true },
		},
		{
			name: "host network on public nodes", want: NeedsDecision, subjects: []string{"Deployment/records/web"},
			change: public(func(f *Facts, _ *Options) { f.InCluster.Workloads.Items[0].HostNetwork = true }),
		},
		{
			name: "type unread", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, _ *Options) { f.InCluster.Services.Items[1].Type = "" },
		},
		{
			name: "workloads unread", want: NotEvaluated, reason: Unreachable,
			change: func(f *Facts, _ *Options) {
				f.InCluster.Workloads = Unread[Workload]("", Gap{Reason: Unreachable})
			},
		},
		{
			name: "list that permissions filter", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) { f.InCluster.Services.Items = f.InCluster.Services.Items[1:] },
		},
	} {
		c.run(t, "node_port_exposure", base)
	}
}

func TestIngressTLS(t *testing.T) {
	t.Parallel()
	base := func() Facts {
		f := newFacts()
		f.InCluster.Ingresses = Read("list ingresses", []Ingress{{
			Namespace: "records", Name: "web", Class: "nginx", Hosts: []string{"a.example.org", "b.example.org"},
			TLS:       []IngressTLS{{Hosts: []string{"*.example.org"}, SecretName: "web-tls"}},
			CreatedAt: daysAgo(10),
		}})
		f.InCluster.IngressClasses = Read("list ingressclasses", []IngressClass{{Name: "nginx", IsDefault: true}})
		f.InCluster.Gateways = Read("list gateways", []RouteGateway{})
		return f
	}
	ingress := func(change func(*Ingress)) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { change(&f.InCluster.Ingresses.Items[0]) }
	}
	listener := func(l GatewayListener) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			f.InCluster.Gateways = Read("list gateways", []RouteGateway{{
				Namespace: "edge", Name: "public", Listeners: []GatewayListener{{Name: "https", Protocol: "HTTPS"}, l},
				CreatedAt: daysAgo(10),
			}})
		}
	}
	for _, c := range []inClusterCase{
		{name: "covered", change: func(*Facts, *Options) {}, want: Pass, found: "1 of 1"},
		{
			name: "a host without TLS", want: Fail, severity: Medium, subjects: []string{"Ingress/records/web"},
			change: ingress(func(i *Ingress) { i.Hosts = append(i.Hosts, "a.b.example.org") }),
		},
		{
			name: "every host", want: Fail, severity: Medium,
			change: ingress(func(i *Ingress) { i.Hosts = append(i.Hosts, "") }),
		},
		{
			name: "new", want: NotEvaluated, reason: Changing,
			change: ingress(func(i *Ingress) { i.TLS, i.CreatedAt = nil, ptr(now().Add(-time.Minute)) }),
		},
		{
			name: "no secret", want: NeedsDecision, found: "class nginx",
			change: ingress(func(i *Ingress) { i.TLS[0].SecretName, i.Class = "", "" }),
		},
		{
			name: "default certificate of a listed class", want: Pass, found: "default certificate",
			change: func(f *Facts, _ *Options) {
				f.InCluster.Ingresses.Items[0].TLS[0].SecretName = ""
				f.InCluster.Guardrails.Value = &Guardrails{Present: true, CertificateClasses: []string{"nginx"}}
			},
		},
		{
			name: "default certificate of another class", want: NeedsDecision,
			change: func(f *Facts, _ *Options) {
				f.InCluster.Ingresses.Items[0].TLS[0].SecretName = ""
				f.InCluster.Guardrails.Value = &Guardrails{Present: true, CertificateClasses: []string{"traefik"}}
			},
		},
		{
			name: "listed class, but a host without TLS", want: Fail, severity: Medium,
			change: func(f *Facts, _ *Options) {
				f.InCluster.Ingresses.Items[0].TLS = nil
				f.InCluster.Guardrails.Value = &Guardrails{Present: true, CertificateClasses: []string{"nginx"}}
			},
		},
		{
			name: "TLS without hosts", want: NeedsDecision,
			change: ingress(func(i *Ingress) { i.TLS[0].Hosts = nil }),
		},
		{
			name: "ACME solver", want: Pass, found: "ACME",
			change: ingress(func(i *Ingress) { i.TLS, i.IsACME = nil, true }),
		},
		{
			name: "redirect", want: Pass, found: "redirects",
			change: ingress(func(i *Ingress) { i.TLS, i.IsRedirect = nil, true }),
		},
		{
			name: "middlewares of Traefik", want: NeedsDecision,
			change: ingress(func(i *Ingress) { i.TLS, i.HasMiddlewares = nil, true }),
		},
		{name: "TLS listener", change: listener(GatewayListener{Name: "tls", Protocol: "TLS"}), want: Pass},
		{
			name: "plain listener", want: Fail, severity: Medium, subjects: []string{"Gateway/edge/public"},
			change: listener(GatewayListener{
				Name: "http", Protocol: "HTTP", Routes: ptr(1), PlainRoutes: []string{"records/web"},
			}),
		},
		{
			name: "listener that redirects", want: Pass, found: "only redirects",
			change: listener(GatewayListener{Name: "http", Protocol: "HTTP", Routes: ptr(1)}),
		},
		{
			name: "listener without routes", want: NeedsDecision,
			change: listener(GatewayListener{Name: "http", Protocol: "HTTP", Routes: ptr(0)}),
		},
		{
			name: "routes unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, o *Options) {
				listener(GatewayListener{Name: "http", Protocol: "HTTP"})(f, o)
				f.InCluster.Gateways = Unread("", Gap{Reason: Forbidden}, f.InCluster.Gateways.Items...)
			},
		},
		{
			name: "routes not in the facts", want: NotEvaluated, reason: NoAPIField,
			change: listener(GatewayListener{Name: "http", Protocol: "HTTP"}),
		},
		{name: "TCP listener", change: listener(GatewayListener{Name: "tcp", Protocol: "TCP"}), want: NeedsDecision},
		{
			name: "none", want: NotApplicable,
			change: func(f *Facts, _ *Options) { f.InCluster.Ingresses = Read("", []Ingress{}) },
		},
		{
			name: "gateways unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) {
				f.InCluster.Gateways = Unread[RouteGateway]("", Gap{Reason: Forbidden})
			},
		},
	} {
		c.run(t, "ingress_tls", base)
	}
}

func TestPassthroughDeclared(t *testing.T) {
	t.Parallel()
	base := func() Facts {
		f := newFacts()
		f.InCluster.Services = Read("list services", []Service{
			kubernetesService(), {Namespace: "edge", Name: "lb", Type: "LoadBalancer", TLSPassthrough: "true"},
		})
		f.InCluster.Claims = Read("list persistentvolumeclaims", []Claim{{Namespace: "records", Name: "data"}})
		f.InCluster.Guardrails.Value = &Guardrails{Present: true, TLSNamespaces: []string{"edge"}}
		return f
	}
	flows := func(to string) map[string]any {
		return map[string]any{"flows": []any{map[string]any{"from": "internet", "to": to, "mechanism": "TLS 1.3"}}}
	}
	claim := func(f *Facts, _ *Options) { f.InCluster.Claims.Items[0].EncryptedSource = "true" }
	for _, c := range []inClusterCase{
		{
			name: "not named", change: func(*Facts, *Options) {}, want: NeedsDecision,
			subjects: []string{"Service/edge/lb"},
		},
		{
			name: "named", want: Pass, found: "encryption-1",
			change: func(_ *Facts, o *Options) { attested(o, "encryption", flows("edge/lb")) },
		},
		{
			name: "named by its id", want: Pass,
			change: func(_ *Facts, o *Options) { attested(o, "encryption", flows("Service/edge/lb")) },
		},
		{
			name: "another Service is named", want: NeedsDecision,
			change: func(_ *Facts, o *Options) { attested(o, "encryption", flows("edge/lb-2")) },
		},
		{
			name: "named in an attestation that failed", want: NeedsDecision,
			change: func(_ *Facts, o *Options) {
				attested(o, "encryption", flows("edge/lb"))
				o.Attestations[0].Result = ResultFailed
			},
		},
		{
			name: "named, in a namespace that is not listed", want: NeedsDecision, found: "do not list",
			change: func(f *Facts, o *Options) {
				attested(o, "encryption", flows("edge/lb"))
				f.InCluster.Guardrails.Value.TLSNamespaces = nil
			},
		},
		{
			name: "other value", want: NotApplicable,
			change: func(f *Facts, _ *Options) { f.InCluster.Services.Items[1].TLSPassthrough = "false" },
		},
		{
			name: "claim", want: NeedsDecision,
			subjects: []string{"PersistentVolumeClaim/records/data", "Service/edge/lb"}, change: claim,
		},
		{
			name: "claim and Service named", want: Pass, found: "names the claim",
			change: func(f *Facts, o *Options) {
				claim(f, o)
				fields := flows("edge/lb")
				fields["at_rest"] = []any{"records/data"}
				attested(o, "encryption", fields)
			},
		},
		{
			name: "claims unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, o *Options) {
				attested(o, "encryption", flows("edge/lb"))
				f.InCluster.Claims = Unread[Claim]("", Gap{Reason: Forbidden})
			},
		},
	} {
		c.run(t, "tls_passthrough_declared", base)
	}
}

func TestCertificateRenewal(t *testing.T) {
	t.Parallel()
	base := func() Facts {
		f := newFacts()
		f.InCluster.Certificates = Read("list certificates.cert-manager.io", []Certificate{{
			Namespace: "records", Name: "web-tls", Ready: ptr(true), CreatedAt: daysAgo(200),
			NotBefore: daysAgo(60), RenewalTime: ptr(now().AddDate(0, 0, 1)), NotAfter: ptr(now().AddDate(0, 0, 30)),
		}})
		return f
	}
	change := func(change func(*Certificate)) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { change(&f.InCluster.Certificates.Items[0]) }
	}
	none := func(f *Facts) { f.InCluster.Certificates = Read("", []Certificate{}) }
	for _, c := range []inClusterCase{
		{name: "ready", change: func(*Facts, *Options) {}, want: Pass},
		{
			name: "not ready", want: Fail, severity: Medium, subjects: []string{"Certificate/records/web-tls"},
			change: change(func(c *Certificate) { c.Ready = ptr(false) }),
		},
		{
			name: "not ready and new", want: NotEvaluated, reason: Changing,
			change: change(func(c *Certificate) { c.Ready, c.CreatedAt = ptr(false), ptr(now()) }),
		},
		{
			name: "no condition yet", want: NotEvaluated, reason: Changing,
			change: change(func(c *Certificate) { c.Ready, c.CreatedAt = nil, ptr(now()) }),
		},
		{
			name: "no condition", want: NotEvaluated, reason: NoAPIField,
			change: change(func(c *Certificate) { c.Ready = nil }),
		},
		{
			// A tenth of 90 days.
			name: "late by 8 days", want: Pass, change: change(func(c *Certificate) { c.RenewalTime = daysAgo(8) }),
		},
		{
			name: "late by 10 days", want: Fail, severity: Medium, found: "2026-11-20",
			change: change(func(c *Certificate) { c.RenewalTime = daysAgo(10) }),
		},
		{
			name: "lifetime of an hour", want: Pass,
			change: change(func(c *Certificate) {
				c.NotBefore, c.RenewalTime = ptr(now().Add(-42*time.Minute)), ptr(now().Add(-2*time.Minute))
				c.NotAfter = ptr(now().Add(18 * time.Minute))
			}),
		},
		{
			name: "expired", want: Fail, severity: Medium, found: "2026-11-29",
			change: change(func(c *Certificate) { c.NotAfter = daysAgo(1) }),
		},
		{
			name: "no renewal time", want: NotEvaluated, reason: NoAPIField,
			change: change(func(c *Certificate) { c.RenewalTime = nil }),
		},
		{
			name: "no expiry", want: NotEvaluated, reason: NoAPIField,
			change: change(func(c *Certificate) { c.NotAfter = nil }),
		},
		{
			name: "no cert-manager", want: NotEvaluated, reason: AttestationMissing,
			change: func(f *Facts, _ *Options) { none(f) },
		},
		{
			name: "no cert-manager, attested", want: NotApplicable, found: "attestation",
			change: func(f *Facts, o *Options) { none(f); attested(o, "encryption", nil) },
		},
		{
			name: "forbidden", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) {
				f.InCluster.Certificates = Unread[Certificate]("", Gap{Reason: Forbidden})
			},
		},
	} {
		c.run(t, "certificate_renewal", base)
	}
}

// TestCertificateDatesStayOutOfTheDigest renews a certificate.
func TestCertificateDatesStayOutOfTheDigest(t *testing.T) {
	t.Parallel()
	facts := newFacts()
	facts.InCluster.Certificates = Read("", []Certificate{
		{
			Name:        "web",
			Ready:       ptr(true),
			NotBefore:   daysAgo(60),
			RenewalTime: ptr(now()),
			NotAfter:    ptr(now().AddDate(0, 1, 0)),
		},
	})
	before := Evaluate(facts, options()).Digest
	facts.InCluster.Certificates.Items[0].RenewalTime = ptr(now().AddDate(0, 0, 60))
	if after := Evaluate(facts, options()).Digest; after != before {
		t.Error("the digest changes with each renewal")
	}
}
