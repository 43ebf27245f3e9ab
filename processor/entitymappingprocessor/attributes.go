package entitymappingprocessor

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
)

// placement says which field of an entity becomes which attribute.
type placement struct{ key, field string }

// The attributes, all of OpenTelemetry's semantic conventions 1.43. Besides
// these: host.ip (a list), file.path and process.executable.path (directory
// and name), process.pid and process.parent_pid (integers), process.executable.name
// (of the image file), and source.address or destination.address, by the roles
// of an alert's only address.
func hostAttributes() []placement {
	return []placement{{string(semconv.HostNameKey), "HostName"}, {string(semconv.HostIDKey), "MdatpDeviceId"}}
}

func userAttributes() []placement {
	return []placement{
		{string(semconv.UserNameKey), "Name"},
		{string(semconv.UserFullNameKey), "DisplayName"},
		// The first of the two that the account has.
		{string(semconv.UserIDKey), "AadUserId"},
		{string(semconv.UserIDKey), "Sid"},
	}
}

func fileAttributes() []placement {
	return []placement{
		{string(semconv.FileNameKey), "Name"}, {string(semconv.FileDirectoryKey), "Directory"}, {string(semconv.FileSizeKey), "SizeInBytes"},
	}
}

func processAttributes() []placement {
	return []placement{
		{string(semconv.ProcessCommandLineKey), "CommandLine"}, {string(semconv.ProcessCreationTimeKey), "CreationTimeUtc"},
	}
}

func containerAttributes() []placement {
	return []placement{{string(semconv.ContainerIDKey), "ContainerId"}, {string(semconv.ContainerNameKey), "Name"}}
}

// describe adds the attributes of the things that the alert names one of.
func describe(to pcommon.Map, entities *entity.Entities) {
	d := description{to}
	d.place(entities.Sole(entity.SoleHost), hostAttributes())
	d.place(entities.Sole(entity.SoleAccount), userAttributes())
	d.place(entities.Sole(entity.SoleMailbox), []placement{{string(semconv.UserEmailKey), "MailboxPrimaryAddress"}})
	d.place(entities.Sole(entity.SoleFile), fileAttributes())
	d.place(entities.Sole(entity.SoleURL), []placement{{string(semconv.URLFullKey), "Url"}})
	d.place(entities.Sole(entity.SoleContainer), containerAttributes())
	d.place(entities.Sole(entity.SolePod), []placement{{string(semconv.K8SPodNameKey), "Name"}})
	d.place(entities.Sole(entity.SoleProcess), processAttributes())
	d.place(entities.Sole(entity.SoleImage), []placement{{string(semconv.ProcessExecutableNameKey), "Name"}})
	d.number(entities.Sole(entity.SoleProcess), string(semconv.ProcessPIDKey))
	d.number(entities.Sole(entity.SoleParent), string(semconv.ProcessParentPIDKey))
	d.path(entities.Sole(entity.SoleFile), string(semconv.FilePathKey))
	d.path(entities.Sole(entity.SoleImage), string(semconv.ProcessExecutablePathKey))
	d.hostIP(entities.Sole(entity.SoleHost))
	d.address(entities.Sole(entity.SoleIP))
}

// description writes attributes that are not there yet.
type description struct{ to pcommon.Map }

// text is a field of a thing when it says something: absent, empty and masked
// values do not. Stars and dashes mean something in a command line.
func text(of entity.Thing, name string) string {
	s := of.Text(name)
	if name != "CommandLine" && !entity.Meaningful(s) {
		return ""
	}
	return s
}

func (d description) str(key, value string) {
	if value == "" {
		return
	}
	if v, there := d.to.GetOrPutEmpty(key); !there {
		v.SetStr(value)
	}
}

func (d description) place(of entity.Thing, placements []placement) {
	if of == (entity.Thing{}) {
		return
	}
	for _, p := range placements {
		if s := text(of, p.field); s != "" {
			d.str(p.key, s)
			continue
		}
		if v, ok := of.Value(p.field); ok && v.Type() == pcommon.ValueTypeInt {
			if have, there := d.to.GetOrPutEmpty(p.key); !there {
				have.SetInt(v.Int())
			}
		}
	}
}

// number writes a process id as the integer that it is.
func (d description) number(of entity.Thing, key string) {
	s := text(of, "ProcessId")
	if s == "" {
		return
	}
	pid, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return
	}
	if v, there := d.to.GetOrPutEmpty(key); !there {
		v.SetInt(pid)
	}
}

// path joins a file's directory and name as its own system does.
func (d description) path(of entity.Thing, key string) {
	directory, name := text(of, "Directory"), text(of, "Name")
	if directory == "" || name == "" {
		return
	}
	separator := `\`
	if strings.Contains(directory, "/") && !strings.Contains(directory, `\`) {
		separator = "/"
	}
	d.str(key, strings.TrimSuffix(directory, separator)+separator+name)
}

func (d description) hostIP(of entity.Thing) {
	ip := text(of, "LastIpAddress")
	if ip == "" {
		return
	}
	if v, there := d.to.GetOrPutEmpty(string(semconv.HostIPKey)); !there {
		v.SetEmptySlice().AppendEmpty().SetStr(ip)
	}
}

// address writes the alert's only address by the part it plays, and not at all
// when that is not known.
func (d description) address(of entity.Thing) {
	switch {
	case of.Lists("Roles", "source"), of.Lists("Roles", "attacker"):
		d.str(string(semconv.SourceAddressKey), text(of, "Address"))
	case of.Lists("Roles", "destination"), of.Lists("Roles", "commandAndControl"):
		d.str(string(semconv.DestinationAddressKey), text(of, "Address"))
	}
}
