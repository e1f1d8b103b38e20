skip = К содержанию
nav-main = Главное меню
nav-forums = Форумы
nav-torrents = Торренты
nav-login = Войти
nav-register = Регистрация
nav-rules = Правила
totals-title = Отдано, скачано, рейтинг
menu-account = Учётная запись { $name }
menu-profile = Профиль
menu-settings = Настройки
menu-admin = Управление
menu-logout = Выйти
switch-language = Язык
switch-theme = Оформление
theme-auto = Авто
theme-light = Светлое
theme-dark = Тёмное
ago-now = только что
ago-minutes = { $count ->
    [one] { $count } минуту назад
    [few] { $count } минуты назад
   *[other] { $count } минут назад
}
ago-hours = { $count ->
    [one] { $count } час назад
    [few] { $count } часа назад
   *[other] { $count } часов назад
}
ago-days = { $count ->
    [one] { $count } день назад
    [few] { $count } дня назад
   *[other] { $count } дней назад
}
rules-title = Правила
rules-more = Подробнее
rules-none = Писаных правил здесь нет. Будьте доброжелательны.

error-go-there = Открыть
error-again = Попробовать снова
error-home = К форумам
error-refused = Не получилось
error-not-found = Здесь ничего нет
error-not-found-text = Такой страницы нет, или вам нельзя её видеть.
error-no-call-text = Такого вызова нет.
error-no-thing-text = Такого здесь нет, или вам нельзя это видеть.
error-no-method-text = У этого адреса нет такого метода.
error-unsupported-media-type-text = Отправьте тело запроса как { $expected }.
error-forbidden = Вам это нельзя
error-forbidden-text = У вашей учётной записи нет такого права. Если считаете, что оно должно быть, обратитесь к администрации.
error-banned = Учётная запись заблокирована
error-banned-text = Ею можно будет пользоваться, когда администратор снимет блокировку.
error-banned-reason = Указанная причина: { $reason }
error-unauthorized = Сначала войдите
error-unauthorized-text = Для этого нужна учётная запись. Войдите и попробуйте снова.
error-bad-token = Токен недействителен
error-bad-token-text = Токен неизвестен, истёк или отозван. Создайте новый в настройках.
error-missing-scope = Токену это не разрешено
error-missing-scope-text = У токена нет права «{ $scope }». Создайте в настройках токен с этим правом.
error-csrf = Форма устарела
error-csrf-text = Она открыта слишком давно или на другом сайте, поэтому ничего не изменено. Вернитесь, обновите страницу и отправьте снова.
error-bad-request = Запрос не удалось прочитать
error-bad-request-text = Что-то в нём не так, как ожидалось: { $reason }
error-method-not-allowed = Этот адрес так не работает
error-method-not-allowed-text = Страница есть, но не для того, что ей отправили.
error-too-large = Слишком большой размер
error-too-large-text = Отправлено больше { $limit }, это здешний предел. Ничего не изменено.
error-too-many-requests = Чуть помедленнее
error-too-many-requests-text = { $seconds ->
    [one] Слишком много попыток. Подождите { $seconds } секунду и попробуйте снова.
    [few] Слишком много попыток. Подождите { $seconds } секунды и попробуйте снова.
   *[other] Слишком много попыток. Подождите { $seconds } секунд и попробуйте снова.
}
error-disk-full = Диск заполнен
error-disk-full-text = На диске сайта нет места. Ничего не сохранено; сообщите администрации и сохраните написанное у себя.
error-unavailable = Скоро вернёмся
error-unavailable-text = Сайт сейчас не может связаться со своей базой данных. Ничего не изменено; попробуйте через минуту.
error-internal = У нас что-то сломалось
error-internal-text = Ошибка записана в журнал, отправленное не выполнено наполовину. Попробуйте снова; если повторится, сообщите администрации, когда это было.
fault-duplicate = Такое уже есть.
fault-conflict = Тем временем что-то изменилось. Обновите страницу и посмотрите снова.
