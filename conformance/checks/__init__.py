"""Pure judges: functions from exchanges or bodies to findings, without I/O. The same for live, replayed and faulty traffic."""
