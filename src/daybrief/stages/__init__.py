"""What happens to a day, one verb a file: functions of data that touch nothing."""
