package assessment

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// judgeDatabases judges all managed databases of the Project: workloads also reach databases that are not in the
// cluster's Private Network. Region and backups are judged for health data only.
func judgeDatabases(j *judgement) {
	j.nothing("The Project has no managed database for PostgreSQL or MySQL.",
		"Le Projet n'a pas de base gérée PostgreSQL ou MySQL.")
	list := j.facts.Project.Databases
	each(j, list, func(d Database) {
		judgeDatabaseEndpoints(j, d, d.object(list.Source, "endpoints", ""))
		judgeDatabaseEncryption(j, d, d.object(list.Source, "encryption.enabled", ""))
		if !j.options.HDS {
			return
		}
		region := d.object(list.Source, "region", d.Region)
		if compliance.CheckRegion(d.Region) != nil {
			j.fail(region, High, "It is in the region "+d.Region+".", "Elle est dans la région "+d.Region+".")
		} else {
			j.pass(region)
		}
		backups := d.object(list.Source, "backup_same_region", "")
		isSame, ok := known(j, backups, d.BackupSameRegion)
		if !ok {
			return
		}
		backups.Value = strconv.FormatBool(isSame)
		if !isSame {
			j.failUnlessYoung(backups, d.CreatedAt, Medium, "Its backups are stored in another region.",
				"Ses sauvegardes sont stockées dans une autre région.")
			return
		}
		j.pass(backups)
	})
}

// object returns the database as the object of a check.
func (d Database) object(source, attribute, value string) Object {
	return Object{ID: d.Region + "/" + d.ID, Name: d.Name, Source: source, Attribute: attribute, Value: value}
}

func judgeDatabaseEncryption(j *judgement, d Database, object Object) {
	encrypted, ok := known(j, object, d.Encrypted)
	if !ok {
		return
	}
	object.Value = strconv.FormatBool(encrypted)
	if !encrypted {
		j.failUnlessYoung(
			object,
			d.CreatedAt,
			Medium,
			"The database is not encrypted at rest.",
			"La base n'est pas chiffrée au repos.",
		)
		return
	}
	j.pass(object)
}

// judgeDatabaseEndpoints judges who may reach the public endpoint of a database. Without allowed ranges none may
// [INFERRED]: the documentation says so for Redis.
func judgeDatabaseEndpoints(j *judgement, d Database, object Object) {
	isPublic, ok := known(j, object, d.HasPublic)
	if !ok {
		return
	}
	if !isPublic {
		object.Value = "private"
		j.pass(object)
		return
	}
	object.Source, object.Attribute = d.ACL.Source, "acl of the public endpoint"
	if gap := d.ACL.Missing(); gap != nil {
		j.unknown(object, *gap)
		return
	}
	ranges, texts := []netip.Prefix{}, []string{}
	for _, entry := range d.ACL.Items {
		parsed, err := compliance.ParseAllowRange(entry.IP)
		if err != nil {
			j.unknown(object, Gap{Reason: NoAPIField, Needs: "ip", Detail: "unknown range " + entry.IP})
			return
		}
		ranges, texts = append(ranges, parsed), append(texts, entry.IP)
	}
	slices.Sort(texts)
	object.Value = strings.Join(texts, ", ")
	if isOpen, _ := compliance.IsOpenToWorld(ranges); isOpen {
		j.failUnlessYoung(object, d.CreatedAt, High, "The database's public endpoint is open to every address.",
			"L'endpoint public de la base est ouvert à toute adresse.")
		return
	}
	if isWide, _ := compliance.IsWide(ranges); isWide {
		j.decide(object, "The database's public endpoint is open to a wide range of addresses.",
			"L'endpoint public de la base est ouvert à une large plage d'adresses.")
		return
	}
	j.passWith(object, "The database's public endpoint is restricted to allowed ranges.",
		"L'endpoint public de la base est limité aux plages autorisées.")
}
