// Exact powers, logarithms and roots, templates of numbers, the special values.
export const NUMBERS: readonly string[] = [
  "SELECT exp(0.0), exp(1.0), exp(1.0::numeric(71,70)), exp(-5000::numeric), exp(32.999::numeric), exp(123.456::numeric)",
  "SELECT ln(1.2345678e-28), ln(0.0456789), ln(0.349873948359354029493948309745709580730482050975), ln(0.99949452), ln(1.00049687395), ln(1234.567890123456789), ln(5.80397490724e5), ln(9.342536355e34), ln(10::numeric)",
  "SELECT log(3.4634998359873254962349856073435545), log(0.99899847236), log(2.0, 3.0), log(1.23e-89, 6.4689e45), log(0.99923, 4.58934e34), log(1.000016, 8.452010e18), log(3.1954752e47, 9.4792021e-73), log(12,144)",
  "SELECT 3.789 ^ 21, 3.789 ^ 35, 1.2 ^ 345, 0.12 ^ (-20), 1.000000000123 ^ (-2147483648), 0.9999999999 ^ 23300000000000, coalesce(nullif(0.9999999999 ^ 23300000000000, 0), 0) AS rounds_to_zero",
  "SELECT 0.12 ^ (-25), 0.5678 ^ (-85), (-1.0) ^ 2147483646, (-1.0) ^ 2147483647, (-1.0) ^ 2147483648, (-1.0) ^ 1000000000000000, (-1.0) ^ 1000000000000001",
  "SELECT 32.1 ^ 9.8, 32.1 ^ (-9.8), 12.3 ^ 45.6, 12.3 ^ (-45.6), 1.234 ^ 5678, 0::numeric ^ 0::numeric, 0 ^ 12.5",
  "SELECT to_char(12345.678::numeric, 'S9999999999999999.999999999999999'), to_char(-12.5, '999D99S'), to_char(485, 'RN'), to_char(0.1, '9.9'), to_char(0.1,'FM9.99'), to_char(1234567.89, 'L9G999g999D99'), to_char(-0.5, 'FM90.99'), to_char(148.5, '999D999'), to_char(12, '99V999'), to_char(485,'999th'), to_char(0.0004859, '9.99EEEE'), to_char(-1234,'9999PR'), to_char(12,'FM0009'), to_char(148.5, 'FM999.999'), to_char(123456,'999')",
  "SELECT to_number('-34,338,492', '99G999G999'), to_number('-34,338,492.654,878', '99G999G999D999G999'), to_number('<564646.654564>', '999999.999999PR'), to_number('0.00001-', '9.999999S'), to_number('5.01-', 'FM9.999999S'), to_number('5.01-', 'FM9.999999MI'), to_number('5 4 4 4 4 8 . 7 8', '9 9 9 9 9 9 . 9 9'), to_number('.01', 'FM9.99'), to_number('.0', '99999999.99999999'), to_number('0', '99.99'), to_number('.-01', 'S99.99'), to_number('.01-', '99.99S'), to_number(' . 0 1-', ' 9 9 . 9 9 S')",
  "SELECT to_number('34,50','999,99'), to_number('123,000','999G'), to_number('123456','999G999'), to_number('$9234.56','L9,999.99'), to_number('$9234.56','L99,999.99'), to_number('$9,234.56','L99,999.99'), to_number('1234.56','L99,999.99'), to_number('1,234.56','L99,999.99'), to_number('42nd', '99th')",
  "SELECT sqrt(1::numeric), sqrt(2::numeric), gcd(330.3::numeric, 462::numeric), lcm(330.3, 462), factorial(20), min_scale(1.100), 'NaN'::numeric ^ 0, 'inf'::numeric ^ -2, width_bucket(5.35, 0.024, 10.06, 5), 10.0 ^ -2, 2::numeric ^ 3, 2 ^ 0.5, sind(30), cosd(60), tand(45), acosd(0.5), 'inf'::numeric % 5, -1.5 ^ 2",
  "SELECT power(2.5, -3), power('-2'::numeric, '-3'), power('-2'::numeric, '3'), power(0::numeric, 2.5)",
  "SELECT round(4.4e131071, -131071) = 4e131071, round(5.5e131071, -131073), log(0::numeric)",
  "SELECT 'inf'::numeric % '0'",
  "SELECT mod('inf'::numeric, '0')",
  "SELECT pow(2, 0.5), pow(2::numeric, 3), numeric_inc(1.5), log10(100::numeric), cotd(45), cot(1::float8), atand(1), atan2d(1, 1), asind(0.5)",
];
