#ifndef WD_FORMATS_EVENT_FIELDS_H
#define WD_FORMATS_EVENT_FIELDS_H

/*
 * Names of event fields, the same whatever form a record came in:
 *
 *   System element             its tag                    EventID, Channel, Computer, EventRecordID
 *   attribute of it            Element_Attribute          Provider_Name, TimeCreated_SystemTime,
 *                                                         Execution_ProcessID, Security_UserID
 *   EventData, Data Name=X     X                          Image, CommandLine
 *   EventData, Data unnamed    Data, one pair each
 *   UserData and others        tag of each leaf; attributes as Element_Attribute at any depth
 *
 * Values are text as Windows prints them: times with seven digits and Z, GUIDs in braces and lower
 * case, size_t and hexadecimal types with 0x, binary as upper-case hexadecimal. Namespace
 * declarations and empty containers give nothing. Linux audit records keep the keys of the audit
 * system, see formats/auditd.h.
 */

#endif
