package assessment

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// endpoint is what the URL of an S3 API shows.
type endpoint struct {
	host    string
	region  string // Of Scaleway's Object Storage; empty for another S3 API.
	isOther bool   // The host is known to belong to another provider.
	isPlain bool   // The URL begins with http.
}

// scalewayEndpoint matches the hosts of Scaleway's Object Storage, with or without a bucket before them.
var scalewayEndpoint = regexp.MustCompile(`^(?:[a-z0-9.-]+\.)?s3(?:-vpc)?\.([a-z]{2}-[a-z]{3})\.scw\.(?:cloud|eu)$`)

// otherDomains returns the domains of other providers' object storage.
func otherDomains() []string {
	return []string{
		"amazonaws.com", "amazonaws.com.cn", "backblazeb2.com", "cloudflarestorage.com", "core.windows.net",
		"digitaloceanspaces.com", "exo.io", "googleapis.com", "infomaniak.cloud", "ionoscloud.com", "linodeobjects.com",
		"oraclecloud.com", "outscale.com", "ovh.net", "wasabisys.com", "your-objectstorage.com",
	}
}

// parseEndpoint reads the URL of an S3 API. A text without a scheme is a host.
func parseEndpoint(text string) endpoint {
	text = strings.ToLower(strings.TrimSpace(text))
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" {
		return endpoint{host: text}
	}
	found := endpoint{host: parsed.Hostname(), isPlain: parsed.Scheme == "http"}
	if match := scalewayEndpoint.FindStringSubmatch(found.host); match != nil {
		found.region = match[1]
	}
	found.isOther = slices.ContainsFunc(otherDomains(), func(domain string) bool {
		return found.host == domain || strings.HasSuffix(found.host, "."+domain)
	})
	return found
}
