package policytest

import (
	"slices"
	"strconv"
	"strings"
)

// This file implements how ingress controllers parse the annotations of an Ingress with TLS. It follows their sources
// and uses the same functions of Go's standard library. TestRedirectAnnotations compares its table with it.

const (
	nginx   = "nginx.ingress.kubernetes.io/"
	traefik = "traefik.ingress.kubernetes.io/router."
)

// servesPlaintext reports whether a controller serves the hosts over plaintext HTTP because of the annotations.
func servesPlaintext(annotations map[string]string) bool {
	return ingressNginx(annotations, nginx) || ingressNginx(annotations, "higress.io/") ||
		ingressNginx(
			annotations, "mse.ingress.kubernetes.io/",
		) || nginxOrg(annotations) || haproxyOrg(annotations) || haproxyIngress(annotations) ||
		ciliumIngress(annotations) || kong(annotations) || traefikWeb(annotations)
}

// ingressNginx follows internal/ingress/annotations/rewrite/main.go and rootfs/etc/nginx/lua/lua_ingress.lua. Higress
// reads the same annotations under its own prefixes.
func ingressNginx(annotations map[string]string, prefix string) bool {
	redirect, err := strconv.ParseBool(annotations[prefix+"ssl-redirect"])
	if err != nil {
		redirect = true // the default in the ConfigMap
	}
	force, err := strconv.ParseBool(annotations[prefix+"force-ssl-redirect"])
	return !redirect && (err != nil || !force)
}

// nginxOrg follows internal/configs/annotations.go of the NGINX Ingress Controller.
func nginxOrg(annotations map[string]string) bool {
	value, found := annotations["nginx.org/ssl-redirect"]
	if !found {
		value = annotations["ingress.kubernetes.io/ssl-redirect"]
	}
	redirect, err := strconv.ParseBool(value)
	return err == nil && !redirect
}

// haproxyOrg follows pkg/annotations/ingress/httpsRedirect.go and pkg/utils/utils.go of the HAProxy Kubernetes Ingress
// Controller.
func haproxyOrg(annotations map[string]string) bool {
	for _, prefix := range []string{"haproxy.org/", "haproxy.com/", "ingress.kubernetes.io/"} {
		value := annotations[prefix+"ssl-redirect"]
		if value == "" {
			continue
		}
		redirect, err := strconv.ParseBool(value)
		if err != nil {
			redirect = slices.Contains([]string{"enabled", "on"}, strings.ToLower(value))
		}
		if !redirect {
			return true
		}
	}
	return false
}

// haproxyIngress follows ConfigValue.Bool of HAProxy Ingress. In older versions, an invalid value does not redirect. It
// omits "", which versions parse differently.
func haproxyIngress(annotations map[string]string) bool {
	for _, prefix := range []string{"haproxy-ingress.github.io/", "ingress.kubernetes.io/"} {
		passthrough, err := strconv.ParseBool(annotations[prefix+"ssl-passthrough"])
		if err == nil && passthrough && annotations[prefix+"ssl-passthrough-http-port"] != "" {
			return true
		}
	}
	value := annotations["haproxy-ingress.github.io/ssl-redirect"]
	if value == "" {
		return false
	}
	redirect, err := strconv.ParseBool(value)
	return err != nil || !redirect
}

// ciliumIngress follows GetAnnotationForceHTTPSEnabled of operator/pkg/model/ingestion/annotations.
func ciliumIngress(annotations map[string]string) bool {
	value := annotations["ingress.cilium.io/force-https"]
	redirect, err := strconv.ParseBool(value)
	return value == "disabled" || err == nil && !redirect
}

// kong follows ExtractProtocolNames of internal/annotations/annotations.go of the Kong Ingress Controller.
func kong(annotations map[string]string) bool {
	for _, prefix := range []string{"konghq.com/", "configuration.konghq.com/"} {
		for protocol := range strings.SplitSeq(annotations[prefix+"protocols"], ",") {
			if slices.Contains([]string{"http", "grpc"}, strings.ToLower(strings.TrimSpace(protocol))) {
				return true
			}
		}
	}
	return false
}

// traefikWeb follows pkg/provider/kubernetes/ingress/annotations.go of Traefik, and the label parser paerser.
func traefikWeb(annotations map[string]string) bool {
	web, tls, disabled := false, false, false
	for key, value := range annotations {
		field, ok := strings.CutPrefix(strings.ToLower(key), traefik)
		switch {
		case !ok:
		case field == "entrypoints":
			for point := range strings.SplitSeq(value, ",") {
				web = web || slices.Contains([]string{"web", "http"}, strings.TrimSpace(point))
			}
		case field == "tls":
			tls, disabled = true, value != "" && !strings.EqualFold(value, "true")
		case strings.HasPrefix(field, "tls."):
			tls = true
		}
	}
	return web && (!tls || disabled)
}

// redirectSpelling holds values of an annotation that a controller treats the same, with other annotations.
type redirectSpelling struct {
	annotation       string
	expected         decision
	controller       string
	values           []string
	otherAnnotations []string
}

func redirectSpellings() []redirectSpelling {
	trues, falses := []string{"true", "True", "TRUE", "t", "T", "1"}, []string{"false", "False", "FALSE", "f", "F", "0"}
	rows := []redirectSpelling{
		{nginx + "ssl-redirect", refusedIngress, "ingress-nginx does not redirect", falses, nil},
		{nginx + "ssl-redirect", allow, "ingress-nginx redirects", trues, nil},
		{nginx + "ssl-redirect", allow, "invalid for ingress-nginx: the default redirects", []string{"", "no",
			"off", "fAlSe", " false", "false ", "disabled", "2", "null"}, nil},
		{nginx + "ssl-redirect", refusedIngress, "ingress-nginx does not redirect", []string{"false", "F"},
			[]string{nginx + "force-ssl-redirect", "no"}},
		{nginx + "ssl-redirect", refusedIngress, "ingress-nginx does not redirect", []string{"false", "0"},
			[]string{nginx + "force-ssl-redirect", "false"}},
		{nginx + "ssl-redirect", refusedIngress, "ingress-nginx does not redirect", []string{"false"},
			[]string{nginx + "preserve-trailing-slash", "true"}},
		{nginx + "force-ssl-redirect", allow, "ingress-nginx always redirects", trues, []string{nginx +
			"ssl-redirect", "false"}},
		{nginx + "force-ssl-redirect", allow, "ingress-nginx redirects if there is TLS", falses, nil},
		{nginx + "force-ssl-redirect", allow, "ingress-nginx redirects if there is TLS", falses, []string{nginx +
			"ssl-redirect", "true"}},
		{"haproxy-ingress.github.io/ssl-passthrough-http-port", refusedIngress, "HAProxy Ingress serves plaintext on " +
			"port 80",
			[]string{"80", "8080", "http"}, []string{"haproxy-ingress.github.io/ssl-passthrough", "true"}},
		{"ingress.kubernetes.io/ssl-passthrough-http-port", refusedIngress, "older versions serve plaintext on port 80",
			[]string{"80"}, []string{"ingress.kubernetes.io/ssl-passthrough", "1"}},
		{"haproxy-ingress.github.io/ssl-passthrough-http-port", allow, "no effect without passthrough",
			[]string{"", "80"}, []string{"haproxy-ingress.github.io/ssl-passthrough", "false"}},
		{"higress.io/ssl-redirect", refusedIngress, "Higress does not redirect", falses, nil},
		{"higress.io/ssl-redirect", allow, "Higress redirects", trues, nil},
		{
			"higress.io/force-ssl-redirect", allow, "Higress redirects", trues, []string{
				"higress.io/ssl-redirect", "false",
			},
		},
		{"mse.ingress.kubernetes.io/ssl-redirect", refusedIngress, "MSE does not redirect", falses, nil},
		{nginx + "proxy-body-size", allow, "not a redirect", []string{"8m", "false"}, nil},
		{"nginx.org/ssl-redirect", refusedIngress, "NGINX does not redirect", falses, nil},
		{"nginx.org/ssl-redirect", allow, "NGINX redirects", trues, nil},
		{"nginx.org/ssl-redirect", allow, "invalid for NGINX: the default redirects", []string{"", "no", "off",
			"FaLsE", "0 "}, nil},
		{"nginx.org/ssl-redirect", refusedIngress, "NGINX redirects based on a header that clients can omit",
			[]string{"false", "f"}, []string{"nginx.org/redirect-to-https", "true"}},
		{"nginx.org/redirect-to-https", allow, "NGINX redirects if there is TLS", append(slices.Clone(falses),
			trues...), nil},
		{"ingress.kubernetes.io/ssl-redirect", refusedIngress, "HAProxy reads this annotation, too", []string{"false"},
			[]string{"nginx.org/ssl-redirect", "true"}},
		{"ingress.cilium.io/force-https", refusedIngress, "Cilium does not redirect", append([]string{"disabled"},
			falses...), nil},
		{"ingress.cilium.io/force-https", allow, "Cilium redirects", append([]string{"enabled"}, trues...), nil},
		{"ingress.cilium.io/force-https", allow, "invalid for Cilium: the default redirects", []string{"",
			"Disabled", " disabled", "off", "no"}, nil},
		{"konghq.com/protocols", refusedIngress, "Kong serves plaintext", []string{"http", "http,https",
			"https,http", "https, http", "HTTP", " http ", "grpc", "grpc,grpcs"}, nil},
		{"konghq.com/protocols", allow, "Kong only serves TLS", []string{"https", "grpcs", "https,grpcs",
			" https "}, nil},
		{"konghq.com/protocols", allow, "Kong uses its default", []string{"", ","}, nil},
		{"configuration.konghq.com/protocols", refusedIngress, "older versions of Kong serve plaintext",
			[]string{"http", "https,http"}, nil},
		{"configuration.konghq.com/protocols", allow, "older versions of Kong only serve TLS", []string{"https"}, nil},
		{traefik + "entrypoints", refusedIngress, "Traefik serves plaintext", []string{"web", "web,websecure",
			"websecure,web", "websecure, web", " web ", "http", "http,https"}, nil},
		{traefik + "entrypoints", allow, "Traefik only serves TLS", []string{"websecure", " websecure ", "https",
			"websecure,metrics", "webhooks", ""}, nil},
		{traefik + "entryPoints", refusedIngress, "Traefik ignores the case of keys", []string{"web",
			"web,websecure"}, nil},
		{traefik + "ENTRYPOINTS", refusedIngress, "Traefik ignores the case of keys", []string{"web"}, nil},
		{traefik + "entryPoints", allow, "Traefik only serves TLS", []string{"websecure"}, nil},
		{traefik + "tls", allow, "the Traefik router rejects plaintext", []string{"true", "TRUE", "True", ""},
			[]string{traefik + "entrypoints", "web"}},
		{traefik + "tls", refusedIngress, "TLS of the Traefik router is disabled", []string{"false", "1", "t", "yes",
			" true"}, []string{traefik + "entrypoints", "web,websecure"}},
		{traefik + "TLS", allow, "Traefik ignores the case of keys", []string{"true"}, []string{traefik +
			"entryPoints", "web"}},
		{traefik + "tls.certresolver", allow, "the Traefik router rejects plaintext", []string{"letsencrypt",
			""}, []string{traefik + "entrypoints", "web,websecure"}},
		{traefik + "tls.options", refusedIngress, "TLS of the Traefik router is disabled", []string{"default"},
			[]string{traefik + "entrypoints", "web", traefik + "tls", "false"}},
		{traefik + "middlewares", refusedIngress, "the effect of a middleware is unknown",
			[]string{"web-redirect@kubernetescrd"}, []string{traefik + "entrypoints", "web"}},
		{traefik + "priority", allow, "not a redirect", []string{"42"}, nil},
	}
	for _, prefix := range []string{"haproxy.org/", "haproxy.com/", "haproxy-ingress.github.io/",
		"ingress.kubernetes.io/"} {
		rows = append(rows,
			redirectSpelling{prefix + "ssl-redirect", refusedIngress, "HAProxy does not redirect",
				append([]string{"off", "OFF", "disabled"}, falses...), nil},
			redirectSpelling{prefix + "ssl-redirect", refusedIngress,
				"invalid for HAProxy, which does not redirect", []string{"no", "yes", " true", "true ", "2",
					"tRUE"}, nil},
			redirectSpelling{prefix + "ssl-redirect", allow, "HAProxy redirects", append([]string{""}, trues...), nil},
			redirectSpelling{prefix + "ssl-redirect-code", allow, "not a redirect", []string{"301", "false"}, nil},
		)
		on := redirectSpelling{prefix + "ssl-redirect", allow, "HAProxy redirects", []string{"on", "On", "enabled",
			"ENABLED"}, nil}
		if prefix == "haproxy-ingress.github.io/" {
			on.expected, on.controller = refusedIngress, "invalid for HAProxy Ingress"
		}
		rows = append(rows, on)
	}
	return rows
}
