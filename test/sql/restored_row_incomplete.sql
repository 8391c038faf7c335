-- What ivm.view requires of its rows is asked after the trigger that looks at rows restored into it.
INSERT INTO ivm.view (id) VALUES (1000000);
INSERT INTO ivm.view (id, view, definition, state, delta, bases, partitions, mode) VALUES (1000000, 0, 0, 0, 0, '{}', '{}', 'immediate');
INSERT INTO ivm.watermark DEFAULT VALUES;
