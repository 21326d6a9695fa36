package assessment

import "testing"

func TestACLCheck(t *testing.T) {
	t.Parallel()
	rules := func(policy string, rules ...ACLRule) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			vpc := f.Project.VPC.Value
			vpc.DefaultPolicyIPv4, vpc.DefaultPolicyIPv6 = &policy, &policy
			f.Project.ACLRules.Items = rules
		}
	}
	rule := func(action, source, destination string, isIPv6 bool) ACLRule {
		return ACLRule{Action: action, Protocol: "ANY", Source: source, Destination: destination, IsIPv6: isIPv6}
	}
	runCheck(t, "vpc_acl", []checkCase{
		{name: "drop", want: Pass},
		{name: "no rule", change: rules("accept"), want: Fail, severity: Low, subject: "fr-par/" + vpcID},
		{
			name: "no IPv6 rule", want: Fail, severity: Low, text: "IPv6",
			change: func(f *Facts, _ *Options) { f.Project.VPC.Value.DefaultPolicyIPv6 = ptr("accept") },
		},
		{
			name: "rules that drop the subnets", want: Pass, change: rules("accept",
				rule("drop", "10.0.0.0/8", "172.16.0.0/22", false), rule("drop", "fd01::/64", "fd00::/64", true)),
		},
		{
			name: "rules about others", want: NeedsDecision, change: rules("accept",
				rule("drop", "10.0.0.0/8", "10.1.0.0/16", false), rule("drop", "fd01::/64", "fd00::/64", true)),
		},
		{
			name: "drop, but everything accepted", want: Fail,
			change: rules("drop", rule("accept", "0.0.0.0/0", "0.0.0.0/0", false)),
		},
		{
			name: "drop, with a port accepted", want: Pass, change: rules("drop", ACLRule{
				Action: "accept", Protocol: "TCP", Source: "0.0.0.0/0", Destination: "0.0.0.0/0", HasPorts: true,
			}),
		},
		{
			name: "one network", want: NotApplicable, change: func(f *Facts, o *Options) {
				rules("accept")(f, o)
				f.Project.VPC.Value.PrivateNetworkCount = ptr(1)
			},
		},
		{
			name: "no routing", want: NotApplicable, text: "no effect", change: func(f *Facts, o *Options) {
				rules("accept")(f, o)
				f.Project.VPC.Value.RoutingEnabled = ptr(false)
			},
		},
		{
			name: "routing unknown", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, _ *Options) { f.Project.VPC.Value.RoutingEnabled = nil },
		},
		{
			name: "policy unknown", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, _ *Options) { f.Project.VPC.Value.DefaultPolicyIPv4 = nil },
		},
		{
			name: "rules unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) { f.Project.ACLRules = Unread[ACLRule]("", *withoutSet("VPCReadOnly")) },
		},
		{
			name: "VPC unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) { f.Project.VPC = Fact[VPC]{Gap: withoutSet("VPCReadOnly")} },
		},
		{name: "no Private Network", change: func(f *Facts, _ *Options) { kosmos(f) }, want: NotApplicable},
		{
			name: "network not known", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, _ *Options) { f.Cluster.Value.PrivateNetworkID = nil },
		},
	})
}

func TestNeighboursCheck(t *testing.T) {
	t.Parallel()
	neighbour := func(change func(*NetworkIP)) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			ip := NetworkIP{
				ID: "ip-other", Address: "172.16.0.99/22", ProjectID: f.Project.ID, CreatedAt: createdDaysAgo(3),
				ResourceType: ptr("rdb_instance"), ResourceID: otherID, ResourceName: "records",
			}
			change(&ip)
			f.Project.IPs.Items = append(f.Project.IPs.Items, ip)
		}
	}
	node := func(clusterType string) func(*NetworkIP) {
		return func(ip *NetworkIP) {
			ip.ResourceType, ip.ResourceName = ptr("instance_private_nic"), "scw-other-node"
			ip.Neighbour = &ClusterIdentity{ID: otherID, Name: "other", Type: clusterType}
		}
	}
	balancer := func(clusterID string) func(*Facts, *Options) {
		return func(f *Facts, o *Options) {
			neighbour(func(ip *NetworkIP) { ip.ResourceType = ptr("lb_server") })(f, o)
			f.Project.LoadBalancers.Items = []LoadBalancer{{ID: otherID, Name: "web", ClusterID: clusterID}}
		}
	}
	database := neighbour(func(*NetworkIP) {})
	runCheck(t, "private_network_neighbours", []checkCase{
		{name: "nodes and gateway", want: Pass},
		{name: "database", change: database, want: NeedsDecision, subject: "fr-par/" + otherID, text: "rdb_instance"},
		{
			name: "expected database", want: Pass, change: func(f *Facts, o *Options) {
				database(f, o)
				o.Inputs.ExpectedNeighbours = map[string]Acceptance{
					otherID: {Reason: "records", ReviewedOn: "2026-11-01"},
				}
			},
		},
		{
			name: "another one is expected", want: NeedsDecision, change: func(f *Facts, o *Options) {
				database(f, o)
				o.Inputs.ExpectedNeighbours = map[string]Acceptance{poolID: {Reason: "r", ReviewedOn: "2026-11-01"}}
			},
		},
		{
			name: "new", want: NotEvaluated, reason: Changing,
			change: neighbour(func(ip *NetworkIP) { ip.CreatedAt = ptr(now().Add(-YoungAge / 2)) }),
		},
		{
			name: "another Project", want: Fail, severity: Medium, subject: "fr-par/" + otherID,
			change: neighbour(func(ip *NetworkIP) { ip.ProjectID = otherProject }),
		},
		{
			name: "a gateway of another Project", want: Fail, change: neighbour(func(ip *NetworkIP) {
				ip.ProjectID, ip.ResourceType = otherProject, ptr("vpc_gateway_network")
			}),
		},
		{
			name: "node of a mutualised cluster", want: Fail, severity: Medium, subject: "fr-par/" + otherID,
			change: neighbour(node("kapsule")),
		},
		{name: "node of a dedicated cluster", change: neighbour(node("kapsule-dedicated-4")), want: NeedsDecision},
		{
			name: "node of a mutualised cluster, no health data", want: NeedsDecision,
			change: func(f *Facts, o *Options) {
				neighbour(node("kapsule"))(f, o)
				o.HDS = false
			},
		},
		{
			name: "Instance with the name of no node", want: NeedsDecision, change: neighbour(func(ip *NetworkIP) {
				ip.ResourceType, ip.ResourceName = ptr("instance_private_nic"), "jump-host"
			}),
		},
		{name: "Load Balancer of the cluster", change: balancer(newFacts().Cluster.Value.ID), want: Pass},
		{name: "another Load Balancer", change: balancer(""), want: NeedsDecision},
		{
			name: "Load Balancers unread", want: NotEvaluated, reason: Forbidden, change: func(f *Facts, o *Options) {
				balancer("")(f, o)
				f.Project.LoadBalancers = Unread[LoadBalancer]("", *withoutSet("LoadBalancersReadOnly"))
			},
		},
		{
			name: "own control plane", want: Pass, change: neighbour(func(ip *NetworkIP) {
				ip.ResourceType, ip.ResourceID = ptr("k8s_cluster"), newFacts().Cluster.Value.ID
			}),
		},
		{
			name: "another control plane", want: NeedsDecision,
			change: neighbour(func(ip *NetworkIP) { ip.ResourceType = ptr("k8s_cluster") }),
		},
		{
			name: "reserved address", want: Pass,
			change: neighbour(func(ip *NetworkIP) { ip.ResourceType, ip.ResourceID = nil, "" }),
		},
		{
			name: "the list lacks a node", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) { f.Project.IPs.Items = f.Project.IPs.Items[:2] },
		},
		{
			name: "addresses unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) { f.Project.IPs = Unread[NetworkIP]("", *withoutSet("IPAMReadOnly")) },
		},
		{name: "no Private Network", change: func(f *Facts, _ *Options) { kosmos(f) }, want: NotApplicable},
	})
	facts, o := apiFacts(), options()
	database(&facts, &o)
	o.Inputs.ExpectedNeighbours = map[string]Acceptance{otherID: {Reason: "records", ReviewedOn: "2026-11-01"}}
	f := judged(t, "private_network_neighbours", facts, o)
	if len(f.Accepted) != 1 || f.Accepted[0].Reason != "records" || f.Accepted[0].Input != InputNeighbours {
		t.Errorf("accepted: %+v", f.Accepted)
	}
}

func TestEgressChecks(t *testing.T) {
	t.Parallel()
	route := func(kind string) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			f.Project.Routes.Items = append(f.Project.Routes.Items, Route{
				ID: otherID, Type: kind, Destination: "10.8.0.0/16", NextHopType: "instance_private_nic",
			})
		}
	}
	connector := func(organization string) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			f.Project.Connectors.Items = []Connector{{
				ID: otherID, Name: "peer", Status: "peered", OrganizationID: organizationID,
				TargetOrganizationID: organization,
			}}
		}
	}
	review := func(host string, before func(*Facts, *Options)) func(*Facts, *Options) {
		return func(f *Facts, o *Options) {
			before(f, o)
			declare(
				o,
				kindEgressReview,
				map[string]any{"destinations": []any{map[string]any{"host": host, "country": "FR"}}},
			)
		}
	}
	vpn := func(f *Facts, _ *Options) {
		f.Project.VPNGateways.Items = []Resource{{Kind: "vpn_gateway", ID: otherID, Name: "office"}}
	}
	runCheck(t, "vpc_leads_out", []checkCase{
		{name: "local routes", want: Pass},
		{name: "default route", change: route("default"), want: Pass},
		{name: "custom route", change: route("custom"), want: NeedsDecision, subject: "fr-par/" + otherID},
		{name: "VPN route", change: route("s2s_vpn"), want: NeedsDecision},
		{name: "route of an unknown type", change: route(""), want: NeedsDecision},
		{name: "VPN gateway", change: vpn, want: NeedsDecision, subject: "fr-par/" + otherID},
		{
			name: "InterLink", want: NeedsDecision, change: func(f *Facts, _ *Options) {
				f.Project.InterLinks.Items = []Resource{{Kind: "interlink", ID: otherID}}
			},
		},
		{name: "connector", change: connector(organizationID), want: NeedsDecision},
		{name: "connector that is not peered", change: connector(""), want: NeedsDecision},
		{name: "another Organization", change: connector(otherProject), want: Fail, severity: High},
		{
			name: "transitivity", want: NeedsDecision, text: "Transitivity", change: func(f *Facts, o *Options) {
				connector(organizationID)(f, o)
				f.Project.VPC.Value.TransitivityEnabled = ptr(true)
			},
		},
		{name: "named in the review", change: review(otherID, vpn), want: Attested, text: "egress_review-1"},
		{name: "not named in the review", change: review("office", vpn), want: NeedsDecision},
		{name: "another Organization, named", change: review(otherID, connector(otherProject)), want: Fail},
		{
			name: "VPN gateways unread", want: NotEvaluated, reason: Forbidden, change: func(f *Facts, _ *Options) {
				f.Project.VPNGateways = Unread[Resource]("", *withoutSet("SiteToSiteVPNReadOnly"))
			},
		},
		{
			name: "routes unread, VPN found", want: NeedsDecision, change: func(f *Facts, o *Options) {
				vpn(f, o)
				f.Project.Routes = Unread[Route]("", *withoutSet("VPCReadOnly"))
			},
		},
		{name: "no Private Network", change: func(f *Facts, _ *Options) { kosmos(f) }, want: NotApplicable},
	})
	pushes := func(f *Facts, _ *Options) { f.Project.Gateways.Items[0].PushDefaultRoute = ptr(true) }
	propagates := func(f *Facts, _ *Options) {
		f.Project.PrivateNetwork.Value.DefaultRoutePropagation = ptr(true)
	}
	runCheck(t, "gateway_egress", []checkCase{
		{name: "no default route", want: Pass},
		{name: "default route", change: pushes, want: NeedsDecision, subject: "fr-par-1/" + gatewayID},
		{name: "reviewed", change: review("registry.example", pushes), want: Attested},
		{
			name: "reviewed without success", want: NeedsDecision, change: func(f *Facts, o *Options) {
				review("registry.example", pushes)(f, o)
				o.Attestations[0].Result = ResultPartial
			},
		},
		{name: "propagation without a default route", change: propagates, want: Pass},
		{
			name: "propagation of a default route", want: NeedsDecision, subject: "fr-par/" + networkID,
			change: func(f *Facts, o *Options) {
				propagates(f, o)
				route("default")(f, o)
			},
		},
		{
			name: "public addresses", want: NeedsDecision, subject: "fr-par/" + poolID,
			change: func(f *Facts, _ *Options) { f.Pools.Items[0].PublicIPDisabled = ptr(false) },
		},
		{
			name: "gateways unread", want: NotEvaluated, reason: Forbidden, change: func(f *Facts, _ *Options) {
				f.Project.Gateways = Unread[Gateway]("", *withoutSet("VPCGatewayReadOnly"))
			},
		},
		{
			name: "network unread", want: NotEvaluated, reason: Forbidden, change: func(f *Facts, _ *Options) {
				f.Project.PrivateNetwork = Fact[PrivateNetwork]{Gap: withoutSet("PrivateNetworksReadOnly")}
			},
		},
		{name: "no Private Network", change: func(f *Facts, _ *Options) { kosmos(f) }, want: NotApplicable},
	})
}

func TestGatewayCheck(t *testing.T) {
	t.Parallel()
	change := func(change func(*Gateway)) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { change(&f.Project.Gateways.Items[0]) }
	}
	pat := func(address string) func(*Facts, *Options) {
		return change(func(g *Gateway) {
			g.PATRules.Items = []PATRule{
				{ID: otherID, PublicPort: 2222, PrivateIP: address, PrivatePort: 22, Protocol: "tcp"},
			}
		})
	}
	bastion := func(ranges ...string) func(*Facts, *Options) {
		return change(func(g *Gateway) {
			g.BastionEnabled, g.BastionAllowedIPs = ptr(true), ptr(append([]string{}, ranges...))
		})
	}
	const gateway = "fr-par-1/" + gatewayID
	runCheck(t, "gateway_exposure", []checkCase{
		{name: "closed", want: Pass},
		{
			name:     "rule to a node",
			change:   pat("172.16.0.10"),
			want:     Fail,
			severity: High,
			subject:  "fr-par-1/" + otherID,
		},
		{name: "rule to a neighbour", change: pat("172.16.0.99"), want: NeedsDecision, subject: "fr-par-1/" + otherID},
		{name: "rule to another network", change: pat("192.168.7.1"), want: Pass},
		{
			name: "rule, addresses unread", want: NotEvaluated, reason: Forbidden, change: func(f *Facts, o *Options) {
				pat("172.16.0.10")(f, o)
				f.Project.IPs = Unread[NetworkIP]("", *withoutSet("IPAMReadOnly"))
			},
		},
		{
			name: "rules unread", want: NotEvaluated, reason: Forbidden,
			change: change(func(g *Gateway) { g.PATRules = Unread[PATRule]("", *withoutSet("VPCGatewayReadOnly")) }),
		},
		{name: "open bastion", change: bastion("0.0.0.0/0"), want: Fail, severity: High, subject: gateway},
		{name: "bastion open by halves", change: bastion("0.0.0.0/1", "128.0.0.0/1"), want: Fail, severity: High},
		{name: "bastion without a list", change: bastion(), want: Fail, severity: High},
		{name: "restricted bastion", change: bastion("192.0.2.0/24"), want: Pass},
		{
			name: "bastion with an unknown list", want: NotEvaluated, reason: NoAPIField,
			change: change(func(g *Gateway) { g.BastionEnabled, g.BastionAllowedIPs = ptr(true), nil }),
		},
		{name: "legacy", change: change(func(g *Gateway) { g.IsLegacy = ptr(true) }), want: Fail, severity: Low},
		{
			name: "legacy with an open bastion", want: Fail, severity: High, change: func(f *Facts, o *Options) {
				bastion("0.0.0.0/0")(f, o)
				f.Project.Gateways.Items[0].IsLegacy = ptr(true)
			},
		},
		{
			name: "gateway unread", want: NotEvaluated,
			change: change(func(g *Gateway) { g.BastionEnabled, g.IsLegacy = nil, nil }),
		},
		{
			name: "no gateway", want: NotApplicable,
			change: func(f *Facts, _ *Options) { f.Project.Gateways.Items = nil },
		},
		{
			name: "gateways unread", want: NotEvaluated, reason: Forbidden, change: func(f *Facts, _ *Options) {
				f.Project.Gateways = Unread[Gateway]("", *withoutSet("VPCGatewayReadOnly"))
			},
		},
	})
}

func TestSecurityGroupCheck(t *testing.T) {
	t.Parallel()
	change := func(change func(*SecurityGroup)) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { change(&f.Project.SecurityGroups.Items[0]) }
	}
	rule := func(protocol, ipRange string, ports ...int) func(*Facts, *Options) {
		r := SecurityGroupRule{ID: "rule", Direction: "inbound", Action: "accept", Protocol: protocol, IPRange: ipRange}
		if len(ports) > 0 {
			r.PortFrom = &ports[0]
		}
		if len(ports) > 1 {
			r.PortTo = &ports[1]
		}
		return change(func(g *SecurityGroup) { g.Rules.Items = []SecurityGroupRule{r} })
	}
	accepts := change(func(g *SecurityGroup) { g.InboundPolicy = ptr("accept") })
	const pool = "fr-par/" + poolID
	runCheck(t, "security_group_inbound", []checkCase{
		{name: "drop", want: Pass},
		{name: "accept, private nodes", change: accepts, want: Fail, severity: Low, subject: pool},
		{
			name: "accept, public nodes", want: Fail, severity: High, change: func(f *Facts, o *Options) {
				accepts(f, o)
				f.Pools.Items[0].PublicIPDisabled = ptr(false)
			},
		},
		{name: "SSH", change: rule("TCP", "0.0.0.0/0", 22), want: Fail, severity: High, text: "TCP 22"},
		{name: "SSH over IPv6", change: rule("TCP", "::/0", 22), want: Fail, severity: High},
		{name: "SSH from an office", change: rule("TCP", "192.0.2.0/24", 22), want: Pass},
		{name: "kubelet within a range", change: rule("TCP", "0.0.0.0/0", 10000, 11000), want: Fail, severity: High},
		{name: "node ports", change: rule("UDP", "0.0.0.0/0", 32000, 40000), want: Fail, severity: High},
		{name: "everything", change: rule("ANY", "0.0.0.0/0"), want: Fail, severity: High},
		{name: "ping", change: rule("ICMP", "0.0.0.0/0"), want: Pass},
		{name: "HTTPS", change: rule("TCP", "0.0.0.0/0", 443), want: NeedsDecision, text: "TCP 443"},
		{
			name: "expected HTTPS", want: Pass, change: func(f *Facts, o *Options) {
				rule("TCP", "0.0.0.0/0", 443)(f, o)
				o.Inputs.ExpectedNodePorts = map[string]Acceptance{
					groupID: {Reason: "ingress", ReviewedOn: "2026-11-01"},
				}
			},
		},
		{
			name: "SSH cannot be expected", want: Fail, change: func(f *Facts, o *Options) {
				rule("TCP", "0.0.0.0/0", 22)(f, o)
				o.Inputs.ExpectedNodePorts = map[string]Acceptance{groupID: {Reason: "ssh", ReviewedOn: "2026-11-01"}}
			},
		},
		{
			name: "outbound rules", want: Pass, change: change(func(g *SecurityGroup) {
				g.Rules.Items = []SecurityGroupRule{{
					Direction: "outbound", Action: "accept", Protocol: "TCP", IPRange: "0.0.0.0/0", PortFrom: ptr(22),
				}}
			}),
		},
		{name: "not stateful", change: change(func(g *SecurityGroup) { g.Stateful = ptr(false) }), want: NeedsDecision},
		{
			name: "policy unknown", want: NotEvaluated, reason: NoAPIField,
			change: change(func(g *SecurityGroup) { g.InboundPolicy = nil }),
		},
		{
			name: "rules unread", want: NotEvaluated, reason: Forbidden, change: change(func(g *SecurityGroup) {
				g.Rules = Unread[SecurityGroupRule]("", *withoutSet("InstancesReadOnly"))
			}),
		},
		{
			name: "groups unread", want: NotEvaluated, reason: Forbidden, change: func(f *Facts, _ *Options) {
				f.Project.SecurityGroups = Unread[SecurityGroup]("", *withoutSet("InstancesReadOnly"))
			},
		},
		{
			name: "default group not found", want: NeedsDecision, change: func(f *Facts, _ *Options) {
				f.Pools.Items[0].SecurityGroupID = ptr("")
				f.Project.SecurityGroups.Items = nil
			},
		},
		{
			name: "group of the pool not found", want: NotEvaluated,
			change: func(f *Facts, _ *Options) { f.Project.SecurityGroups.Items = nil },
		},
		{name: "external", change: func(f *Facts, _ *Options) { kosmos(f) }, want: NotApplicable},
	})
}
