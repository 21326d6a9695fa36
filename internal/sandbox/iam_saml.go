package sandbox

import (
	"crypto/x509"
	"encoding/pem"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// saml is the SAML configuration of the Organization, which has at most one. Unlike other objects of IAM, recordings
// of SAML objects have an SRN.
type saml struct {
	iam.Saml
}

// samlCertificate is a certificate of the identity provider.
type samlCertificate struct {
	iam.SamlCertificate

	samlID string
}

func (s *Server) routeSAML(base string) {
	const organization, one, certificate = "/organizations/{id}/saml", "/saml/{id}", "/saml-certificates/{id}"
	s.route("GET "+base+organization, areaIAM, withObject(s.findOrganizationSAML, show[saml]))
	s.route("POST "+base+organization, areaIAM, withObject(s.findOrganization, s.enableSAML))
	s.route("PATCH "+base+one, areaIAM, withObject(s.findSAML, s.updateSAML))
	s.route("DELETE "+base+one, areaIAM, withObject(s.findSAML, s.deleteSAML))
	s.route("GET "+base+one+"/certificates", areaIAM, withObject(s.findSAML, s.listSAMLCertificates))
	s.route("POST "+base+one+"/certificates", areaIAM, withObject(s.findSAML, s.addSAMLCertificate))
	s.route("GET "+base+certificate, areaIAM, withObject(s.findSAMLCertificate, show[samlCertificate]))
	s.route("DELETE "+base+certificate, areaIAM, withObject(s.findSAMLCertificate,
		func(_ *call, cert *samlCertificate) (any, error) {
			s.samlCertificates.remove(cert.ID)
			s.updateSAMLStatus(cert.samlID)
			return noContent{}, nil
		}))
}

func (s *Server) findOrganizationSAML(c *call) (*saml, error) {
	found := s.samls.list(nil)
	if id := c.PathValue("id"); id != OrganizationID || len(found) == 0 {
		return nil, errNotFound("organization_saml", id)
	}
	return found[0], nil
}

func (s *Server) findSAML(c *call) (*saml, error) {
	id := c.PathValue("id")
	found, ok := s.samls.get(id)
	if !ok {
		return nil, errNotFound("saml", id)
	}
	return found, nil
}

// enableSAML returns the configuration that exists, or a new one.
func (s *Server) enableSAML(*call, *organization) (any, error) {
	if found := s.samls.list(nil); len(found) > 0 {
		return found[0], nil
	}
	id := uuid.NewString()
	created := &saml{Saml: iam.Saml{
		ID: id, Srn: "srn://iam.scw.eu/saml/" + id, Status: iam.SamlStatusMissingCertificate,
		ServiceProvider: &iam.SamlServiceProvider{
			EntityID:                    "https://iam.scaleway.com/saml/" + id,
			AssertionConsumerServiceURL: "https://api.scaleway.com/iam/v1/saml/" + id + "/login",
		},
	}}
	s.samls.put(id, created)
	return created, nil
}

func (s *Server) updateSAML(c *call, configuration *saml) (any, error) {
	var req iam.UpdateSamlRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&configuration.EntityID, req.EntityID)
	setIfPresent(&configuration.SingleSignOnURL, req.SingleSignOnURL)
	s.updateSAMLStatus(configuration.ID)
	return configuration, nil
}

func (s *Server) deleteSAML(_ *call, configuration *saml) (any, error) {
	for _, cert := range s.certificatesOf(configuration.ID) {
		s.samlCertificates.remove(cert.ID)
	}
	s.samls.remove(configuration.ID)
	return noContent{}, nil
}

// updateSAMLStatus sets the status of a configuration to the first part that is missing.
func (s *Server) updateSAMLStatus(id string) {
	configuration, ok := s.samls.get(id)
	if !ok {
		return
	}
	switch {
	case len(s.certificatesOf(id)) == 0:
		configuration.Status = iam.SamlStatusMissingCertificate
	case configuration.EntityID == "":
		configuration.Status = iam.SamlStatusMissingEntityID
	case configuration.SingleSignOnURL == "":
		configuration.Status = iam.SamlStatusMissingSingleSignOnURL
	default:
		configuration.Status = iam.SamlStatusValid
	}
}

func (s *Server) certificatesOf(samlID string) []*samlCertificate {
	return s.samlCertificates.list(func(cert *samlCertificate) bool { return cert.samlID == samlID })
}

func (s *Server) listSAMLCertificates(_ *call, configuration *saml) (any, error) {
	return map[string]any{"certificates": s.certificatesOf(configuration.ID)}, nil
}

func (s *Server) addSAMLCertificate(c *call, configuration *saml) (any, error) {
	var req iam.AddSamlCertificateRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(req.Content))
	if block == nil {
		return nil, errInvalid("content", "format", "must be a certificate in PEM format")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errInvalid("content", "format", err.Error())
	}
	id, expires := uuid.NewString(), parsed.NotAfter.UTC()
	cert := &samlCertificate{samlID: configuration.ID, SamlCertificate: iam.SamlCertificate{
		ID: id, Srn: "srn://iam.scw.eu/saml-certificates/" + id, Type: req.Type, Content: req.Content,
		Origin: iam.SamlCertificateOriginIdentityProvider, ExpiresAt: &expires,
	}}
	s.samlCertificates.put(id, cert)
	s.updateSAMLStatus(configuration.ID)
	return cert, nil
}

func (s *Server) findSAMLCertificate(c *call) (*samlCertificate, error) {
	id := c.PathValue("id")
	cert, ok := s.samlCertificates.get(id)
	if !ok {
		return nil, errNotFound("saml_certificate", id)
	}
	return cert, nil
}
